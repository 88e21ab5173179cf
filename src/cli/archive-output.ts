import { closeSync, openSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { Invocation, OptionSpec } from './command.ts';
import type { CliContext } from './context.ts';
import { endedByPipe } from './output.ts';

export const archiveOutputOption: OptionSpec = {
  name: 'output',
  short: 'o',
  value: 'FILE',
  help: 'where to; standard output otherwise',
};

/**
 * Standard output as a stream; a reader that has left ends the command. Other errors are met by
 * whoever writes the archive.
 */
export function archiveStream(): NodeJS.WriteStream {
  return process.stdout.on('error', (error) => {
    if (errnoCode(error) === 'EPIPE') process.exit(endedByPipe);
  });
}

/** Refuses to write the bytes of an archive to a terminal. Throws BryoError `usage`. */
export function refuseTerminal({ stdout }: CliContext, hint?: string): void {
  if (stdout.terminal === null) return;
  throw new BryoError(
    'usage',
    'refusing to write an archive to a terminal',
    hint === undefined ? {} : { hint },
  );
}

/** Has an archive written to the file of --output, or else to standard output. */
export async function writeToOutput(
  invocation: Invocation,
  write: (fd: number) => Promise<void>,
): Promise<void> {
  const path = invocation.text('output');
  if (path === null) refuseTerminal(invocation.context, 'use --output FILE');
  const fd = path === null ? 1 : openSync(path, 'w', 0o666);
  try {
    await write(fd);
  } finally {
    if (path !== null) closeSync(fd);
  }
}
