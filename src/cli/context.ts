import type { Engine } from '../engine/engine.ts';
import { addon } from '../native/addon.ts';
import type { Dialect } from './dialect.ts';
import { errorText } from './failure.ts';
import type { Output } from './output.ts';

/** The surroundings of a command, besides its arguments. */
export interface CliContext {
  dialect: Dialect;
  /** The name that bryo was called by, without directories: bryo, podman, docker. */
  program: string;
  /** As it was given, the program's name first; what inspection shows as the command that created. */
  commandLine: readonly string[];
  /** The global flags that were given, for the same program to be started with. */
  globalWords: readonly string[];
  engine: Engine;
  stdin: NodeJS.ReadStream;
  stdout: Output;
  stderr: Output;
}

/** The dialect and the store in which something is looked up. */
export type Asker = Pick<CliContext, 'dialect' | 'engine'>;

/** Tells an error on standard error. */
export function printError({ program, stderr }: CliContext, error: unknown): void {
  stderr.write(errorText(error, { program, isTerminal: stderr.terminal !== null }));
}

/** Writes a line to standard output. */
export function printLine(context: CliContext, line: string): void {
  context.stdout.write(`${line}\n`);
}

/** The size of the caller's terminal, whichever of the streams is one; null: there is none. */
export function terminalSize({ stdout }: CliContext): { rows: number; columns: number } | null {
  return stdout.terminal ?? addon().terminalSize(0);
}
