import type { ChildProcess } from 'node:child_process';

/** A process whose output and end a test waits for. */
export interface Watched {
  child: ChildProcess;
  /** What it has written to standard output so far. */
  shown(): string;
  /** Its status, or the name of the signal that has ended it. */
  ended: Promise<number | string | null>;
}

/** Watches a process from its start on. */
export function watch(child: ChildProcess): Watched {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  return { child, shown: () => text, ended };
}
