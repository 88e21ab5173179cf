import { inProcesses, type ProcessFiles } from '../support/processes.ts';
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

function memoryOf(process: ProcessFiles): ProcessMemory | null {
  const uid = Number(/^Uid:\s+(\d+)/m.exec(process.read('status'))?.[1]);
  const text = process.read('smaps_rollup');
  const mine = uid === testUser().uid || uid >= 100_000;
  if (!mine || text === '') return null;
  return {
    pid: process.pid,
    name: process.read('comm').trim(),
    pss: field(text, 'Pss'),
    private: field(text, 'Private_Clean') + field(text, 'Private_Dirty'),
  };
}

/** The test user's processes, those in its user namespaces included. */
export function userProcesses(): ProcessMemory[] {
  return inProcesses(memoryOf);
}
