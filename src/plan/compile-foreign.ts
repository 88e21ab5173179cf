import { inheritanceHeaders, networkHeader, networkOps, rootOp, usernsHeader } from './compile.ts';
import type { ExecTarget } from './compile-exec.ts';
import { notifyHeaders } from './compile-health.ts';
import { compileMount, compileSecret, type MountOps, nullSlot } from './compile-mounts.ts';
import { cloneFlags } from './flags.ts';
import type { CgroupInput, EventsInput, LaunchInput } from './launch-input.ts';
import { type MonitorInput, monitorHeader } from './monitor-input.ts';
import type { ContainerOp, LaunchPlan } from './ops.ts';
import type { OciMount, OciSpec } from './spec.ts';

/** A call of another OCI runtime in the foreground. */
export interface RuntimeCall {
  /** Absolute path and arguments. */
  argv: string[];
  env: string[];
}

/** The host's own root directory is that of the runtime; its terminal is one of the host's. */
function callOps({ argv, env }: RuntimeCall, terminal: boolean): ContainerOp[] {
  return [
    { op: 'leaveRoot' },
    ...(terminal ? [{ op: 'terminal' } as const] : []),
    { op: 'barrier' },
    { op: 'exec', argv, env, init: false },
  ];
}

/** A setting of the kernel that belongs to the network namespace. */
export function isNetworkSetting(key: string): boolean {
  return key.startsWith('net.');
}

function isOwnNetwork({ linux }: OciSpec): boolean {
  return linux.namespaces.some(({ type, path }) => type === 'network' && path === undefined);
}

/**
 * Compiles the plan of a container that another OCI runtime runs: the storage namespace, the network and the root
 * filesystem with `mounts` are made as for any container, and then the runtime is the payload. What it runs is
 * below it, as its program hands signals and the exit status on.
 */
export function compileForeignPlan(
  spec: OciSpec,
  input: LaunchInput,
  { call, mounts }: { call: RuntimeCall; mounts: readonly OciMount[] },
): LaunchPlan {
  const { files, process, userns, watchers } = input;
  const ops: MountOps = { storage: [], container: [], readonly: [], nextSlot: nullSlot + 1 };
  for (const mount of mounts) compileMount(mount, ops);
  for (const file of files.secrets) compileSecret(file, files.staging, ops);
  const network = isOwnNetwork(spec) ? cloneFlags.network : 0n;
  // Ids of the container's own are the runtime's affair.
  const outer = userns.kind === 'create' ? { ...userns, inner: null } : userns;
  return [
    ...usernsHeader(outer),
    { op: 'namespaces', flags: cloneFlags.mount | network },
    monitorHeader(input.monitor, spec.process.terminal),
    ...networkHeader(input),
    ...inheritanceHeaders({ ...process, seccomp: null }, input.cgroup, watchers.events),
    ...notifyHeaders(watchers.notify),
    rootOp(files.rootfs, files.staging),
    ...ops.storage,
    { op: 'attachRoot', path: files.staging },
    ...(files.mtab ? [{ op: 'symlink', path: '/etc/mtab', target: '/proc/mounts' } as const] : []),
    ...files.passwdEntries.map((entry) => ({ op: 'passwdEntry', ...entry }) as const),
    ...ops.container,
    ...networkOps(spec),
    // Only the owner of the network namespace may, who is root out here.
    ...Object.entries(spec.linux.sysctl)
      .filter(([key]) => isNetworkSetting(key))
      .map(([key, value]) => ({ op: 'sysctl', key, value }) as const),
    ...(files.makeWorkdir
      ? [{ op: 'makeDir', path: spec.process.cwd, mode: 0o755, owner: '' } as const]
      : []),
    ...ops.readonly.map((path) => ({ op: 'mountReadonly', path }) as const),
    ...callOps(call, spec.process.terminal),
  ];
}

/** Compiles a session in such a container: the runtime is called beside the one that runs it. */
export function compileForeignExec(
  call: RuntimeCall,
  target: ExecTarget,
  input: {
    terminal: boolean;
    monitor: MonitorInput;
    events: EventsInput | null;
    cgroup: CgroupInput | null;
  },
): LaunchPlan {
  const flags = target.namespaces.reduce((all, type) => all | cloneFlags[type], 0n);
  return [
    { op: 'namespaces', flags: 0n },
    { op: 'joinProcess', pid: target.pid, startTicks: target.startTicks, flags },
    monitorHeader(input.monitor, input.terminal),
    ...(input.cgroup === null ? [] : [{ op: 'cgroup', ...input.cgroup } as const]),
    ...(input.events === null ? [] : [{ op: 'events', ...input.events } as const]),
    ...callOps(call, input.terminal),
  ];
}
