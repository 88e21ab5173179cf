import { readdirSync, readlinkSync } from 'node:fs';
import { pauseSync } from '../base/pause.ts';
import type { MonitorRecord } from '../contract/records.ts';
import { addon } from './addon.ts';
import { parentPid, processStartTicks } from './processes.ts';

export type StrayMarks = MonitorRecord<'strayMarks'>;

/** Milliseconds between two looks, and the most of them: one that forks meanwhile is found again. */
const interval = 2;
const rounds = 1000;

function isIn(pid: number, { mounts, user }: StrayMarks): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/ns/mnt`) === `mnt:[${mounts}]` &&
      readlinkSync(`/proc/${pid}/ns/user`) === `user:[${user}]`
    );
  } catch {
    return false;
  }
}

/**
 * Whether nobody cares for a process of the namespaces: above it is only who was there before the
 * container, as orphans' new parents are. The numbers of namespaces are used again, and what has them
 * then is below a process that came later.
 */
function isOrphan(pid: number, marks: StrayMarks, startTicks: number): boolean {
  let above: number | null = pid;
  while (above !== null && above > 0 && isIn(above, marks)) above = parentPid(above);
  const since = above === null ? null : processStartTicks(above);
  return since !== null && since < startTicks;
}

/**
 * Kills what a container left that has ended with its monitor: who is in its namespaces still. `startTicks`
 * tells when the container was started.
 */
export function killStrays(marks: StrayMarks, startTicks: number): void {
  for (let round = 0; round < rounds; round += 1) {
    const strays = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => isIn(pid, marks) && isOrphan(pid, marks, startTicks));
    const killed = strays.map((pid) => addon().killIn(pid, `mnt:[${marks.mounts}]`));
    if (!killed.includes(true)) return;
    pauseSync(interval);
  }
}
