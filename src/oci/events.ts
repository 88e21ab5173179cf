import { setTimeout } from 'node:timers/promises';
import { BryoError } from '../base/errors.ts';
import { requireGroup } from './lifecycle.ts';
import { type RuntimeRoot, readRecord, statusOf } from './state.ts';
import { groupStats, memoryKills } from './stats.ts';

/** One line of `events`. */
export type RuntimeEvent =
  | { type: 'stats'; id: string; data: ReturnType<typeof groupStats> }
  | { type: 'oom'; id: string };

/** Milliseconds between two looks at whether the container has ended, or run out of memory. */
const look = 100;

/** The group of a container that has not ended. */
function liveGroup(root: RuntimeRoot, id: string): string {
  const record = readRecord(root, id);
  if (statusOf(record) === 'stopped') {
    throw new BryoError('wrong-status', `container with id ${id} is not running`);
  }
  return requireGroup(record, 'tell events of');
}

/** `events --stats`. Throws BryoError `wrong-status` and `no-cgroup`. */
export function currentStats(root: RuntimeRoot, id: string): RuntimeEvent {
  return { type: 'stats', id, data: groupStats(liveGroup(root, id)) };
}

function hasEnded(root: RuntimeRoot, id: string): boolean {
  try {
    return statusOf(readRecord(root, id)) === 'stopped';
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-such-container') return true;
    throw error;
  }
}

/**
 * Events of a container until it ends: its statistics every `interval` milliseconds, and each time the kernel
 * ends a process of it for want of memory. Throws as {@link currentStats} does.
 */
export async function* containerEvents(
  root: RuntimeRoot,
  id: string,
  interval: number,
): AsyncGenerator<RuntimeEvent> {
  const group = liveGroup(root, id);
  let kills = memoryKills(group);
  let next = Date.now() + interval;
  while (!hasEnded(root, id)) {
    await setTimeout(Math.max(0, Math.min(look, next - Date.now())));
    const now = memoryKills(group);
    if (now > kills) yield { type: 'oom', id };
    kills = now;
    if (Date.now() < next) continue;
    next += interval;
    const data = groupStats(group);
    // Figures of a group that went away meanwhile would be none.
    if (!hasEnded(root, id)) yield { type: 'stats', id, data };
  }
}
