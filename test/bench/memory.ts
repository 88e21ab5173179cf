import { spawn } from 'node:child_process';
import { inProcesses, type ProcessFiles } from '../support/processes.ts';
import { testUser, testUserSpawnOptions } from '../support/user.ts';

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

/**
 * Runs a command; the most memory (PSS, in KiB) that the user's processes had at a time which were not
 * there before.
 */
export async function peakMemory(
  argv: readonly string[],
  before: ReadonlySet<number> = new Set(userProcesses().map(({ pid }) => pid)),
): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'ignore', cwd: '/', ...testUserSpawnOptions() });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let peak = 0;
  const sample = (): void => {
    const fresh = userProcesses().filter(({ pid }) => !before.has(pid));
    peak = Math.max(
      peak,
      fresh.reduce((sum, { pss }) => sum + pss, 0),
    );
  };
  const timer = setInterval(sample, 20);
  const code = await ended;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${argv.join(' ')}: status ${code}`);
  return peak;
}
