import { readFileSync } from 'node:fs';

/** A limit of getrlimit(2); -1: none. */
export interface ProcessLimit {
  soft: number;
  hard: number;
}

/** The lines of /proc/PID/limits by the names of getrlimit(2) without RLIMIT_, in small letters. */
const lines: Readonly<Record<string, string>> = {
  'Max core file size': 'core',
  'Max cpu time': 'cpu',
  'Max data size': 'data',
  'Max file size': 'fsize',
  'Max file locks': 'locks',
  'Max locked memory': 'memlock',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max open files': 'nofile',
  'Max processes': 'nproc',
  'Max resident set': 'rss',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
  'Max pending signals': 'sigpending',
  'Max stack size': 'stack',
};

/** Columns that a limit's name takes in its line (proc(5)). */
const nameWidth = 26;

function value(word: string | undefined): number {
  return word === undefined || word === 'unlimited' ? -1 : Number(word);
}

/** The process's own limits by name (`nofile`), as its children inherit them. */
export function ownLimits(): ReadonlyMap<string, ProcessLimit> {
  const limits = new Map<string, ProcessLimit>();
  for (const line of readFileSync('/proc/self/limits', 'utf8').split('\n')) {
    const name = lines[line.slice(0, nameWidth).trim()];
    const [soft, hard] = line.slice(nameWidth).trim().split(/\s+/);
    if (name !== undefined) limits.set(name, { soft: value(soft), hard: value(hard) });
  }
  return limits;
}

/** The names that limits have. */
export const limitNames: readonly string[] = Object.values(lines);
