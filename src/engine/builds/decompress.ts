import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { BryoError } from '../../base/errors.ts';
import { findProgram } from '../../native/programs.ts';

/** Compressions that a program of the host undoes, with the Debian packages that have these. */
const packages = { xz: 'xz-utils', bzip2: 'bzip2' } as const;

/** The program's path. Throws BryoError `unsupported` where it is not installed. */
export function decompressor(program: keyof typeof packages, shown: string): string {
  const path = findProgram(program);
  if (path !== null) return path;
  throw new BryoError('unsupported', `${shown} is compressed with ${program}`, {
    hint: `install it: apt-get install ${packages[program]}`,
  });
}

/**
 * The plain bytes of a stream; `ended` rejects with BryoError `bad-build-context` for one that is damaged, and with
 * the stream's own error.
 */
export function decompressed(
  program: keyof typeof packages,
  source: Readable,
  shown: string,
): { bytes: Readable; ended: Promise<void> } {
  const child = spawn(decompressor(program, shown), ['-dc'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let failure: Error | null = null;
  source.once('error', (error) => {
    failure = error;
    child.kill('SIGKILL');
  });
  // A reader that gives up closes the pipe; what it says is the error that counts.
  child.stdin.on('error', () => source.destroy());
  source.pipe(child.stdin);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (failure !== null) reject(failure);
      else if (status === 0) resolve();
      else
        reject(new BryoError('bad-build-context', `${shown}: ${program} says that it is damaged`));
    });
  });
  // An unpacker fails first as a rule, and nobody waits then.
  ended.catch(() => undefined);
  return { bytes: child.stdout, ended };
}
