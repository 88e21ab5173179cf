import { constants, openSync, realpathSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import { ownEnvironment } from '../native/environment.ts';
import { ownWords } from '../native/locate.ts';
import { describeError } from './failure.ts';

/**
 * Starts this program again in its own place, without --out and --noout, with the file as standard
 * output: so all that it starts, commands and attach clients as well, writes there.
 */
export function restartWithOutput(file: string, words: readonly string[]): never {
  let fd: number;
  try {
    fd = openSync(file, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC, 0o777);
  } catch (error) {
    throw new BryoError(
      'no-such-file',
      `unable to open file for standard output: ${describeError(error)}`,
      { exitCode: 1 },
    );
  }
  const program = realpathSync('/proc/self/exe');
  const argv = [process.argv0, ...ownWords(), ...words];
  return addon().exec(program, argv, ownEnvironment(), [0, fd, 2]);
}
