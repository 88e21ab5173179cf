import { readFileSync } from 'node:fs';
import { rlimitNumbers } from '../../plan/flags.ts';
import type { OciProcess } from '../../plan/spec.ts';
import type { UlimitRequest } from '../../request/limits.ts';

type Rlimit = OciProcess['rlimits'][number];

const unlimited = -1;
/** Defaults, lowered to what the caller may raise to. */
const wantedFiles = 1_048_576;
/**
 * A fork bomb ends here where no control group holds it: the limit counts per user of the container
 * (user_namespaces(7), ucounts). Programs that check it want 4096.
 */
const wantedProcesses = 4096;

function hardLimit(name: string): number {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(name));
  const [, , hard] = /^.{26}(\S+)\s+(\S+)/.exec(line ?? '') ?? [];
  return hard === undefined || hard === 'unlimited' ? unlimited : Number(hard);
}

function atMost(limit: number, hard: number): number {
  return hard === unlimited || limit < hard ? limit : hard;
}

function rlimit(type: string, soft: number, hard: number): Rlimit {
  return { type, soft, hard };
}

/** Defaults, then --ulimit; without root no limit can exceed the caller's own hard limit. */
export function resourceLimits(ulimits: readonly UlimitRequest[]): Rlimit[] {
  const limits = new Map<string, Rlimit>();
  const files = atMost(wantedFiles, hardLimit('Max open files'));
  const processes = atMost(wantedProcesses, hardLimit('Max processes'));
  limits.set('RLIMIT_CORE', rlimit('RLIMIT_CORE', 0, 0));
  limits.set('RLIMIT_NOFILE', rlimit('RLIMIT_NOFILE', files, files));
  limits.set('RLIMIT_NPROC', rlimit('RLIMIT_NPROC', processes, processes));
  for (const { name, soft, hard } of ulimits) {
    const type = `RLIMIT_${name.toUpperCase()}`;
    if (rlimitNumbers[type] !== undefined) limits.set(type, rlimit(type, soft, hard));
  }
  return [...limits.values()];
}
