import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { processStartTicks } from '../native/processes.ts';
import { containerFile, fileIn } from '../store/container-files.ts';
import type { Store } from '../store/paths.ts';

/** Says beside a container's records that this process has asked it to end, and waits. */
export function markStopping(store: Store, id: string): void {
  const ticks = processStartTicks(process.pid);
  writeFileSync(containerFile(store, id, 'stopping'), `${process.pid} ${ticks}\n`);
}

/** Takes that back. */
export function clearStopping(store: Store, id: string): void {
  rmSync(containerFile(store, id, 'stopping'), { force: true });
}

/** Whether somebody who still lives waits for the end of the container of this directory. */
export function isStopping(directory: string): boolean {
  let text: string;
  try {
    text = readFileSync(fileIn(directory, 'stopping'), 'utf8');
  } catch {
    return false;
  }
  const [pid = '', ticks = ''] = text.trim().split(' ');
  return /^\d+$/.test(pid) && String(processStartTicks(Number(pid))) === ticks;
}
