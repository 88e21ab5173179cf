import { writeFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { BuildResult } from '../../build/finish-image.ts';
import { explainGraph } from '../../containerfile/explain.ts';
import { Contexts } from '../../engine/builds/contexts.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { buildCacheOptions } from '../options/build/cache.ts';
import { refusedBuildFlags } from '../options/build/refused.ts';
import { buildResultOptions } from '../options/build/result.ts';
import { buildRunOptions } from '../options/build/run.ts';
import { buildSourceOptions, dockerPullOption } from '../options/build/source.ts';
import {
  contentTrustOption,
  readAccess,
  registryOptions,
  signaturePolicyOption,
} from '../options/registry.ts';
import { buildAll } from './build/build-all.ts';
import { buildOtherOptions, checkUnmade, wantsCheck } from './build/other-options.ts';
import { type PreparedBuild, prepareBuild } from './build/prepare.ts';
import { progressOptions, readProgressKind } from './build/progress.ts';

/** The names of the result, of which the first stands for all. */
function listNames({ text }: Invocation, { request }: PreparedBuild): string[] {
  const name = text('manifest');
  return [...(name ? [name] : []), ...request.result.tags];
}

/** Does what comes after the images are in the store, and prints the id. */
async function finish(
  invocation: Invocation,
  prepared: PreparedBuild,
  results: readonly BuildResult[],
  access: RegistryAccess,
): Promise<void> {
  const { context, flag, text } = invocation;
  const last = results.at(-1);
  if (last === undefined) return;
  const { request } = prepared;
  const names = listNames(invocation, prepared);
  // Of several platforms: the list's id.
  let listId: string | null = null;
  if (results.length > 1 || text('manifest')) {
    const { listImages } = await import('./build/finish.ts');
    const wanted = results.length > 1 ? names : names.slice(0, 1);
    const list = wanted.length > 0 ? await listImages(invocation, wanted, results, access) : null;
    if (results.length > 1) listId = list;
  }
  const id = listId ?? last.id;
  const { iidFile } = request.result;
  if (results.length > 1 && iidFile !== null) writeFileSync(iidFile, `sha256:${id}`);
  let pushed: string | null = null;
  if (request.result.push) {
    if (names.length === 0) throw new BryoError('usage', '--push needs a name: --tag');
    const { pushNames } = await import('./build/finish.ts');
    pushed = await pushNames(invocation, names, access);
  }
  if (request.result.metadataFile !== null) {
    const { writeMetadata } = await import('./build/finish.ts');
    const list = { configDigest: null, manifestDigest: `sha256:${id}`, names };
    writeMetadata(request.result.metadataFile, listId === null ? last : list, pushed);
  }
  const isDocker = context.dialect === 'docker';
  // Files alone went to standard output, where an id would be among them.
  if (request.result.outputs.some((output) => output.type !== 'local' && output.path === null))
    return;
  if (isDocker && !flag('quiet')) context.stderr.write(`writing image sha256:${id} done\n`);
  else if (!text('logfile') || flag('quiet')) printLine(context, isDocker ? `sha256:${id}` : id);
}

async function run(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  checkUnmade(invocation);
  const access = await readAccess(invocation);
  const keepGitDir =
    context.dialect === 'podman' ||
    invocation
      .texts('build-arg')
      .some((word) => /^BUILDKIT_CONTEXT_KEEP_GIT_DIR=(1|true)$/.test(word));
  const contexts = new Contexts(context.engine, { keepGitDir, access });
  try {
    const isCheck = wantsCheck(invocation);
    readProgressKind(invocation);
    const prepared = await prepareBuild(invocation, contexts);
    if (invocation.flag('explain')) {
      context.stdout.write(prepared.graphs.map(explainGraph).join('\n'));
      return 0;
    }
    if (isCheck) {
      const { printFindings } = await import('./build/check.ts');
      return printFindings(context, prepared);
    }
    const { refuseFindings } = await import('./build/check.ts');
    refuseFindings(prepared);
    await finish(invocation, prepared, await buildAll(invocation, prepared, access), access);
    return 0;
  } finally {
    await contexts.close();
  }
}

export const command = defineCommand({
  name: 'build',
  noun: 'image',
  summary: 'Build an image from a Containerfile',
  synopsis: '[CONTEXT]',
  arguments: { min: 0, max: 1, kind: 'file' },
  refused: refusedBuildFlags,
  options: [
    ...buildSourceOptions,
    ...buildResultOptions,
    ...buildCacheOptions,
    ...buildRunOptions,
    ...progressOptions,
    ...buildOtherOptions,
    ...registryOptions,
    contentTrustOption,
    signaturePolicyOption,
  ],
  dockerOptions: [dockerPullOption],
  description: [
    'Makes an image by the instructions of a Containerfile, which may be called Dockerfile as well. CONTEXT has the files for COPY and ADD: a directory, an archive or a Containerfile on standard input (-) or at an address, or a git repository (its address ends in .git or begins with git://, ssh://, git@ or github.com/; #BRANCH:DIRECTORY behind it chooses). Without CONTEXT it is the directory of the first --file.',
    'The language is that of Docker’s reference: here-documents, RUN --mount, COPY --link, --parents, --exclude and --chmod, all forms of variables, ARG with the arguments of platforms, and the directives escape and check; syntax is read, and nothing is downloaded for it.',
    'Only the stages that the target needs are built, at the same time where they do not need each other. What an earlier build has made of the same instruction, files and variables is taken from it: the contents, modes and owners of files count, not their times.',
    'RUN is a container of bryo’s, confined as with bryo run. When its command fails, the exit status is the command’s; otherwise that of a failure is 125. An interrupted build leaves nothing behind, and a killed one what the next command removes.',
    'Several platforms (--platform linux/amd64,linux/arm64) are built at the same time and become a manifest list with the names of --tag and --manifest; type=local of --output has a directory for each. Commands of other processors need an emulator that the kernel knows of: Debian’s qemu-user-static.',
    'Patterns in .containerignore, or .dockerignore, leave files out of the context as docker does: the last that fits counts, ! takes back, ** stands for any directories.',
  ],
  examples: [
    { command: 'bryo build -t app .', says: 'the Containerfile of the working directory' },
    {
      command: 'bryo build -f docker/Dockerfile --target test --build-arg VERSION=3 .',
      says: 'one stage of another file',
    },
    {
      command: 'bryo build -t app "https://github.com/example/app.git#v2:server"',
      says: 'a directory of a repository',
    },
    {
      command: 'bryo build --source-date-epoch 0 --rewrite-timestamp -t app .',
      says: 'the same image, bit for bit, wherever it is built',
    },
    { command: 'bryo build --explain .', says: 'what would be done' },
  ],
  run,
});
