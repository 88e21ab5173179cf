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
 * Bytes that a program may say. The longest is what ps(1) makes of the command lines of all processes,
 * which are as long as whoever started them likes.
 */
const most = 256 << 20;

/**
 * Runs a program that says little as a rule and waits for it. Blocks the thread: while it runs there
 * is nothing else to do, and node:child_process alone takes longer to load than most of them run.
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
  let output: [Uint8Array, Uint8Array];
  let exitCode: number;
  try {
    output = native.readBoth(outRead, errRead, most);
  } finally {
    closeSync(outRead);
    closeSync(errRead);
    // The program has been told by now that nobody listens to more.
    exitCode = native.wait(pid);
  }
  const [stdout, stderr] = output;
  return {
    exitCode,
    stdout: Buffer.from(stdout).toString('utf8'),
    stderr: Buffer.from(stderr).toString('utf8'),
  };
}
