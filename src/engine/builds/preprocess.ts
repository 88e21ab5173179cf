import { closeSync, openSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { findProgram } from '../../native/programs.ts';
import { runProgramAside } from '../../native/run.ts';

/** A Containerfile as cpp(1) makes it, with the flags that podman gives it. Throws BryoError `bad-containerfile`. */
export async function preprocess(
  path: string,
  context: string,
  flags: readonly string[],
): Promise<string> {
  const program = findProgram('cpp');
  if (program === null) {
    throw new BryoError('bad-containerfile', `cpp is needed for ${path}, whose name ends in .in`, {
      hint: 'install it: apt install cpp',
    });
  }
  const fromEnvironment = (process.env['BUILDAH_CPPFLAGS'] ?? '').split(/\s+/).filter(Boolean);
  const fixed = ['-E', '-P', '-iquote', context, '-traditional', '-undef'];
  const input = openSync(path, 'r');
  try {
    const argv = ['cpp', ...fixed, ...fromEnvironment, ...flags, '-'];
    const { exitCode, stdout, stderr } = await runProgramAside({
      path: program,
      argv,
      stdin: input,
    });
    if (exitCode === 0) return stdout;
    const problem = printable(stderr.trim().split('\n')[0] ?? '');
    throw new BryoError('bad-containerfile', `${path}: cpp: ${problem}`);
  } finally {
    closeSync(input);
  }
}
