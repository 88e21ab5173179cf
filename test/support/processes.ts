import { readdirSync, readFileSync } from 'node:fs';

/** A process of the machine. All of it throws once that has ended. */
export class ProcessFiles {
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** A file of /proc/PID (proc(5)). */
  read(name: string): string {
    return readFileSync(`/proc/${this.pid}/${name}`, 'utf8');
  }

  words(): string[] {
    return this.read('cmdline').split('\0');
  }

  /** Fields 3 and 4 of proc_pid_stat(5), which come after a name that may hold anything. */
  stateAndParent(): { state: string; parent: number } {
    const [state = '', parent] = this.read('stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  }
}

/** What is found in the machine's processes, without those where it is null or that end meanwhile. */
export function inProcesses<T>(look: (process: ProcessFiles) => T | null): T[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        return look(new ProcessFiles(Number(entry))) ?? [];
      } catch {
        return [];
      }
    });
}
