import { closeSync, openSync } from 'node:fs';
import { addon } from './addon.ts';
import { ownEnvironment } from './environment.ts';

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunRequest {
  /** Absolute path of a trusted program. */
  path: string;
  /** argv[0] included. */
  argv: string[];
  /** A descriptor for standard input; /dev/null unless given. */
  stdin?: number;
}

/**
 * Runs a program that says little and waits for it. Blocks the thread: while it runs there is
 * nothing else to do, and node:child_process alone takes longer to load than most of them run.
 */
export function runProgram({ path, argv, stdin }: RunRequest): RunResult {
  const native = addon();
  const env = ownEnvironment();
  const [outRead, outWrite] = native.pipe();
  const [errRead, errWrite] = native.pipe();
  const input = stdin ?? openSync('/dev/null', 'r');
  let pid: number;
  try {
    pid = native.spawn(path, argv, env, [input, outWrite, errWrite]);
  } finally {
    closeSync(outWrite);
    closeSync(errWrite);
    if (stdin === undefined) closeSync(input);
  }
  const stdout = Buffer.from(native.readToEnd(outRead)).toString('utf8');
  const stderr = Buffer.from(native.readToEnd(errRead)).toString('utf8');
  closeSync(outRead);
  closeSync(errRead);
  return { exitCode: native.wait(pid), stdout, stderr };
}
