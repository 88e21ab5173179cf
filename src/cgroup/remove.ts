import { readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { processesOf } from './hierarchy.ts';

const pause = 2;
const rounds = 1000;

/** The group and those below it, the deepest first. */
function groupsBelow(directory: string): string[] {
  try {
    const children = readdirSync(directory, { withFileTypes: true }).filter((e) => e.isDirectory());
    return [...children.flatMap(({ name }) => groupsBelow(join(directory, name))), directory];
  } catch {
    return [];
  }
}

/** Pids of all processes in a group and those below it. */
export function allProcessesOf(directory: string): number[] {
  return groupsBelow(directory).flatMap(processesOf);
}

function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return errnoCode(error) === 'ENOENT';
  }
}

/** Kills what is left in a group and removes it with all below. One that is gone is fine. */
export function removeGroup(directory: string): void {
  for (let round = 0; round < rounds; ++round) {
    const groups = groupsBelow(directory);
    if (groups.length === 0 || groups.every(removeEmpty)) return;
    try {
      writeFileSync(join(directory, 'cgroup.kill'), '1');
    } catch {
      for (const pid of allProcessesOf(directory)) process.kill(pid, 'SIGKILL');
    }
    pauseSync(pause);
  }
}
