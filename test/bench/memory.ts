import { readdirSync, readFileSync } from 'node:fs';
import { testUser } from '../support/user.ts';

/** Memory of one process in KiB, from /proc/PID/smaps_rollup (proc(5)). */
export interface ProcessMemory {
  pid: number;
  name: string;
  pss: number;
  /** Private pages, clean and dirty. */
  private: number;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function readProcess(pid: number): ProcessMemory | null {
  try {
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const mine = uid === testUser().uid || uid >= 100_000;
    if (!mine || text === '') return null;
    return {
      pid,
      name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim(),
      pss: field(text, 'Pss'),
      private: field(text, 'Private_Clean') + field(text, 'Private_Dirty'),
    };
  } catch {
    return null;
  }
}

/** The test user's processes, those in its user namespaces included. */
export function userProcesses(): ProcessMemory[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}
