import { spawnSync } from 'node:child_process';
import { median } from '../support/statistics.ts';
import { time } from './peer.ts';

const defaultRounds = 15;

/** Prints a row: NaN where there is nothing to compare with. */
export function report(
  what: string,
  ours: number,
  theirs: number,
  unit: string,
  aim: string,
): void {
  const ratio = Number.isNaN(theirs) ? '' : (ours / theirs).toFixed(2);
  const number = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(1)).padStart(10);
  process.stdout.write(
    `${what.padEnd(44)}${number(ours)}${number(theirs)} ${unit.padEnd(4)}${ratio.padStart(7)}  ${aim}\n`,
  );
}

/**
 * podman's exec leaves a process that cleans up after it, for 0.3 s, and builds leave what is not on the disk yet:
 * nobody pays for another.
 */
function timeQuietly(argv: readonly string[]): number {
  spawnSync('sync');
  spawnSync('sleep', ['0.5']);
  return time(argv);
}

/** Medians of alternating runs of each command, after one of each that does not count. */
export function medians(commands: readonly (readonly string[])[], count: number): number[] {
  const spent = commands.map((argv) => ({ argv, times: [] as number[] }));
  for (const { argv } of spent) time(argv);
  for (let round = 0; round < count; round += 1) {
    for (const { argv, times } of spent) times.push(timeQuietly(argv));
  }
  return spent.map(({ times }) => median(times));
}

/** Medians of alternating runs, as a row. */
export function compare(
  what: string,
  aim: string,
  ours: string[],
  theirs: string[],
  count = defaultRounds,
): void {
  const [a = Number.NaN, b = Number.NaN] = medians([ours, theirs], count);
  report(what, a, b, 'ms', aim);
}
