import { ownLimits } from '../../native/process-limits.ts';
import { rlimitNumbers } from '../../plan/flags.ts';
import type { OciProcess } from '../../plan/spec.ts';
import type { UlimitRequest } from '../../request/limits.ts';

type Rlimit = OciProcess['rlimits'][number];

const unlimited = -1;
/** Lowered to what the caller may raise to. */
const wantedFiles = 1_048_576;
/**
 * With --hardened a fork bomb ends here where no control group holds it: the limit counts per user of
 * the container (user_namespaces(7), ucounts). Programs that check it want 4096.
 */
const hardenedProcesses = 4096;

function atMost(limit: number, hard: number): number {
  return hard === unlimited || limit < hard ? limit : hard;
}

function rlimit(name: string, soft: number, hard: number): Rlimit {
  return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
}

/** Of files and processes as many as the caller may have; core dumps can be asked for inside. */
function defaults(hardened: boolean): Rlimit[] {
  const own = ownLimits();
  const hard = (name: string): number => own.get(name)?.hard ?? unlimited;
  const files = atMost(wantedFiles, hard('nofile'));
  const processes = hardened ? atMost(hardenedProcesses, hard('nproc')) : hard('nproc');
  return [
    rlimit('core', 0, hardened ? 0 : hard('core')),
    rlimit('nofile', files, files),
    rlimit('nproc', processes, processes),
  ];
}

/** Defaults, then --ulimit; without root no limit can exceed the caller's own hard limit. */
export function resourceLimits(ulimits: readonly UlimitRequest[], hardened: boolean): Rlimit[] {
  const limits = new Map(defaults(hardened).map((limit) => [limit.type, limit]));
  for (const { name, soft, hard } of ulimits) {
    const limit = rlimit(name, soft, hard);
    if (rlimitNumbers[limit.type] !== undefined) limits.set(limit.type, limit);
  }
  return [...limits.values()];
}
