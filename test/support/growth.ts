import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Sandbox } from './bryo.ts';
import { productDirectory } from './product.ts';
import { asTestUser } from './user.ts';

/** What a command has cost. */
export interface Cost {
  /** Seconds of processor time, of the program and of the system, with that of its children. */
  seconds: number;
  code: number;
  stdout: string;
  stderr: string;
}

const shell = 'TIMEFORMAT="@%U %S"; time "$@" 2>&3 3>&-';

/**
 * Runs a command to its end. A process counts once it has been waited for: what is to be measured
 * must not leave to somebody else what it has begun.
 */
export function costOf(argv: readonly string[], input = ''): Cost {
  const result = spawnSync('bash', ['-c', shell, 'bash', ...argv], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    timeout: 300_000,
    cwd: '/',
  });
  const [, user, system] = /@([\d.]+) ([\d.]+)\n$/.exec(result.stderr ?? '') ?? [];
  if (user === undefined) throw new Error(`${argv.slice(0, 8).join(' ')}: ${result.error}`);
  return {
    seconds: Number(user) + Number(system),
    code: result.status ?? -1,
    stdout: result.stdout,
    stderr: result.output[3] ?? '',
  };
}

/** Seconds of processor time that something takes in this process. */
export function secondsOf(action: () => unknown): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * What is wrong with the growth of a cost, measured with lists of these sizes; null: it is in
 * proportion to them. The last size is so much larger than the one before that a square shows, and
 * halfway to one is allowed, for it is measured beside other work.
 */
export function growthProblem(sizes: readonly number[], seconds: readonly number[]): string | null {
  const [size = 0, largest = 0] = [sizes.at(-1), seconds.at(-1)];
  // Less than a start takes, or the clock's tick, says nothing.
  const least = Math.max(seconds[0] ?? 0, 0.03);
  const bad = sizes.slice(0, -1).some((smaller, at) => {
    return largest > (size / smaller) ** 1.5 * Math.max(seconds[at] ?? 0, least);
  });
  const shown = sizes.map((count, at) => `${seconds[at]?.toFixed(2)} s for ${count}`).join(', ');
  return bad ? shown : null;
}

/** The program proper, as the front starts it: the front does not wait for it to end. */
export function programArgv(sandbox: Sandbox, args: readonly string[]): string[] {
  if (process.env['BRYO_UNDER_TEST'] === 'node') return sandbox.argv(args);
  const program = join(productDirectory(), 'dist', 'bryo-js');
  return asTestUser([program, ...sandbox.flags, ...args], { BUN_JSC_useJIT: '0' });
}
