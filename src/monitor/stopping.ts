import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStartTicks } from '../native/processes.ts';
import { type Store, storePaths } from '../store/paths.ts';

function signPath(directory: string): string {
  return join(directory, 'stopping');
}

/** Says beside a container's records that this process has asked it to end, and waits. */
export function markStopping(store: Store, id: string): void {
  const ticks = processStartTicks(process.pid);
  writeFileSync(signPath(storePaths.container(store, id)), `${process.pid} ${ticks}\n`);
}

/** Takes that back. */
export function clearStopping(store: Store, id: string): void {
  rmSync(signPath(storePaths.container(store, id)), { force: true });
}

/** Whether somebody who still lives waits for the end of the container of this directory. */
export function isStopping(directory: string): boolean {
  let text: string;
  try {
    text = readFileSync(signPath(directory), 'utf8');
  } catch {
    return false;
  }
  const [pid = '', ticks = ''] = text.trim().split(' ');
  return /^\d+$/.test(pid) && String(processStartTicks(Number(pid))) === ticks;
}
