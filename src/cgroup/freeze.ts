import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';

/** Whether the group's processes are to stand still (cgroups(7), "cgroup.freeze"). */
export function isFrozen(cgroup: string): boolean {
  try {
    return readFileSync(join(cgroup, 'cgroup.freeze'), 'utf8').startsWith('1');
  } catch {
    return false;
  }
}

const pause = 1;
const patience = 10_000;

function standsStill(cgroup: string): boolean {
  return /^frozen 1$/m.test(readFileSync(join(cgroup, 'cgroup.events'), 'utf8'));
}

/**
 * Freezes all processes of a group and returns when they stand still. Throws BryoError
 * `cannot-freeze`, with nothing frozen, when one of them hangs in the kernel.
 */
export function freeze(cgroup: string): void {
  writeFileSync(join(cgroup, 'cgroup.freeze'), '1');
  for (let waited = 0; !standsStill(cgroup); waited += pause) {
    if (waited >= patience) {
      thaw(cgroup);
      throw new BryoError('cannot-freeze', `a process in ${cgroup} cannot be frozen`);
    }
    pauseSync(pause);
  }
}

/** Lets a frozen group's processes go on. */
export function thaw(cgroup: string): void {
  writeFileSync(join(cgroup, 'cgroup.freeze'), '0');
}

/** False: the group is gone, and with it the last of its processes. */
function whileThere(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes(errnoCode(error) ?? '')) return false;
    throw error;
  }
}

/** As `freeze`, of a group that may go at any time; false: it has. */
export function freezeIfThere(cgroup: string): boolean {
  return whileThere(() => freeze(cgroup));
}

/** As `thaw`, of a group that may go at any time; false: it has. */
export function thawIfThere(cgroup: string): boolean {
  return whileThere(() => thaw(cgroup));
}
