import { writeSync } from 'node:fs';
import { exitCodes } from '../base/errors.ts';
import { describeError } from './failure.ts';

function end(error: unknown): never {
  try {
    writeSync(2, `Error: ${describeError(error)}\n`);
  } catch {
    // Standard error is closed: nobody can be told.
  }
  process.exit(exitCodes.engine);
}

/**
 * Whatever nobody has caught, in a promise, a stream or a callback, ends the command as other errors
 * do: with one line and a status. What such a command has left unfinished the next one collects.
 */
export function endOnUncaught(): void {
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
