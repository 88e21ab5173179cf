import { inheritanceHeaders, monitorHeader } from './compile.ts';
import { compileProcess, type ProcessInput } from './compile-process.ts';
import { cloneFlags } from './flags.ts';
import type { CgroupInput, EventsInput, MonitorInput } from './launch-input.ts';
import type { ContainerOp, LaunchPlan, PlanHeader } from './ops.ts';
import type { OciNamespaceType, OciProcess } from './spec.ts';

/** The running container that an exec session joins. */
export interface ExecTarget {
  pid: number;
  /** Field 22 of /proc/PID/stat: tells a reused pid from the container's process. */
  startTicks: bigint;
  /** Namespaces in which the container differs from the caller. */
  namespaces: readonly OciNamespaceType[];
}

const namespaceTypes: Record<string, OciNamespaceType> = {
  pid: 'pid',
  net: 'network',
  mnt: 'mount',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  cgroup: 'cgroup',
  time: 'time',
};

/** The kinds of namespaces behind the names of /proc/PID/ns. */
export function execNamespaces(names: readonly string[]): OciNamespaceType[] {
  return names.flatMap((name) => namespaceTypes[name] ?? []);
}

/** All that sessions can differ in. */
type SessionInput = ProcessInput & {
  preservedFds: number;
  cgroup: CgroupInput | null;
  events: EventsInput | null;
};

/** What a session is without a word about it. */
const plainSession = {
  init: false,
  keepGroups: false,
  seccompFlags: 0,
  seccompListener: null,
  landlockScopes: 0,
  preservedFds: 0,
  runtime: null,
  events: null,
} satisfies Partial<SessionInput>;

/** A session; what is not said of it is as {@link plainSession} says. */
export type ExecInput = Partial<SessionInput> &
  Omit<SessionInput, keyof typeof plainSession> & { monitor: MonitorInput };

/**
 * Compiles an exec session: the container's namespaces are joined instead of created, and the
 * process gets the same limits, credentials and seccomp program as the container's own.
 */
export function compileExecPlan(
  process: OciProcess,
  target: ExecTarget,
  asked: ExecInput,
): LaunchPlan {
  const input = { ...plainSession, ...asked };
  const flags = target.namespaces.reduce((all, type) => all | cloneFlags[type], 0n);
  const header: PlanHeader[] = [
    { op: 'namespaces', flags: 0n },
    { op: 'joinProcess', pid: target.pid, startTicks: target.startTicks, flags },
    monitorHeader(input.monitor, process.terminal),
    ...(input.runtime?.handover == null
      ? []
      : [{ op: 'handover', ...input.runtime.handover } as const]),
    ...inheritanceHeaders(input),
  ];
  const container: ContainerOp[] = [
    ...(process.terminal ? [{ op: 'terminal' } as const] : []),
    ...(input.runtime?.noNewKeyring ? [] : [{ op: 'keyring', name: '_ses' } as const]),
    { op: 'barrier' },
    ...compileProcess(process, input, true),
  ];
  return [...header, ...container];
}
