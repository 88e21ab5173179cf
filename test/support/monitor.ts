import { readdirSync, readFileSync } from 'node:fs';

/** A monitor is not dumpable (prctl(2)): only root looks into it. */
const isRoot = process.getuid?.() === 0;

/** A number of /proc/PID/status, which everybody may read; sizes in KiB. */
export function statusNumber(pid: string, name: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
}

/** Descriptors that a monitor has open; for an ordinary user the size of its table (proc(5), FDSize). */
export function openDescriptors(pid: string): number {
  return isRoot ? readdirSync(`/proc/${pid}/fd`).length : statusNumber(pid, 'FDSize');
}

/** KiB that a monitor has written to and shares with nobody; for an ordinary user its RssAnon. */
export function privateMemory(pid: string): number {
  if (!isRoot) return statusNumber(pid, 'RssAnon');
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Private_Dirty:\s+(\d+) kB$/m.exec(text)?.[1]);
}
