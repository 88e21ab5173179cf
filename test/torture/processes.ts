import { readFileSync } from 'node:fs';

/** Kills a process, or with a negative number a process group; one that is gone is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

/** Whether a process has not ended; one that nobody has asked about yet (a zombie) has. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Milliseconds until something is true; null when it is not within the time. */
export async function timeUntil(within: number, test: () => boolean): Promise<number | null> {
  const start = performance.now();
  while (!test()) {
    if (performance.now() - start > within) return null;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}
