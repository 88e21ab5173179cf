import type { Engine } from '../engine/engine.ts';

/** What a command works with, besides its arguments. */
export interface CliContext {
  engine: Engine;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/** Writes a line to standard output. */
export function printLine(context: CliContext, line: string): void {
  context.stdout.write(`${line}\n`);
}
