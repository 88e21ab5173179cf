import { inheritanceHeaders } from './compile.ts';
import { compileProcess, personalityOps } from './compile-process.ts';
import { cloneFlags } from './flags.ts';
import type { CgroupInput, EventsInput, ProcessInput, RuntimeInput } from './launch-input.ts';
import { type MonitorInput, monitorHeader } from './monitor-input.ts';
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

/** The settings of a session's process; the rest is as in {@link plainProcess}. */
type SessionProcess = Pick<ProcessInput, 'seccomp' | 'umask'> & Partial<ProcessInput>;

const plainProcess = { init: false, keepGroups: false, landlockScopes: 0, preservedFds: [] };

/** The circumstances of a session, besides the OCI configuration of its process. */
export interface ExecInput {
  process: SessionProcess;
  monitor: MonitorInput;
  cgroup: CgroupInput | null;
  /** Absent: nobody is told. */
  events?: EventsInput | null;
  /** Value of personality(2); absent: as it is. */
  personality?: number | undefined;
  /** Absent: it is bryo's own. */
  runtime?: RuntimeInput;
}

/**
 * Compiles an exec session: the container's namespaces are joined instead of created, and the
 * process gets the same limits, credentials and seccomp program as the container's own.
 */
export function compileExecPlan(
  process: OciProcess,
  target: ExecTarget,
  input: ExecInput,
): LaunchPlan {
  const own = { ...plainProcess, ...input.process };
  const runtime = input.runtime ?? null;
  const flags = target.namespaces.reduce((all, type) => all | cloneFlags[type], 0n);
  const header: PlanHeader[] = [
    { op: 'namespaces', flags: 0n },
    { op: 'joinProcess', pid: target.pid, startTicks: target.startTicks, flags },
    monitorHeader(input.monitor, process.terminal),
    ...(runtime?.handover == null ? [] : [{ op: 'handover', ...runtime.handover } as const]),
    ...inheritanceHeaders(own, input.cgroup, input.events ?? null),
  ];
  const container: ContainerOp[] = [
    ...(process.terminal ? [{ op: 'terminal' } as const] : []),
    ...(runtime?.noNewKeyring ? [] : [{ op: 'keyring', name: '_ses' } as const]),
    { op: 'barrier' },
    ...personalityOps(input.personality),
    ...compileProcess(process, { process: own, runtime }, true),
  ];
  return [...header, ...container];
}
