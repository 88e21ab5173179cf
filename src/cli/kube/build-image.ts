import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findImage } from '../../image/resolve.ts';
import { buildDirectory, buildFiles } from '../../kube/build-directory.ts';
import type { Invocation } from '../command.ts';
import type { CliContext } from '../context.ts';

/** The file to build an image by; null: there is none. */
function buildFile(image: string, contexts: string): string | null {
  const directory = buildDirectory(image);
  if (directory === null) return null;
  const files = buildFiles.map((name) => join(contexts, directory, name));
  return files.find((file) => existsSync(file)) ?? null;
}

/**
 * Builds an image that is not there, or with --build each, if a directory has a Containerfile for it
 * (podman-kube-play(1)). False: there is nothing to be built.
 */
export async function buildForKube(invocation: Invocation, image: string): Promise<boolean> {
  const { context, commands } = invocation;
  const always = invocation.given('build') ? invocation.flag('build') : null;
  const file = buildFile(image, invocation.text('context-dir') ?? process.cwd());
  if (file === null || always === false) return false;
  if (always !== true && findImage(context.engine.store, image) !== null) return false;
  // Loaded here: hardly any image of a file is built.
  const { command } = await import('../image/build.ts');
  const { parseArguments } = await import('../parse.ts');
  const quiet = invocation.flag('quiet') ? ['--quiet'] : [];
  const words = ['--tag', image, '--file', file, ...quiet, join(file, '..')];
  const parsed = parseArguments(command, words, 'bryo');
  // The build's words go where a pull tells of itself; the id of the image is nobody's output.
  const silent = { write: { value: () => undefined } };
  const output = invocation.flag('quiet') ? Object.create(context.stderr, silent) : context.stderr;
  const told = Object.create(context, { stdout: { value: output } }) as CliContext;
  await command.run({ ...parsed, context: told, commands });
  return true;
}
