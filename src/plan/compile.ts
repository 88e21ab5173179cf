import type { IdMapping } from '../base/id-map.ts';
import type { DriverRootfs } from '../store/drivers/driver.ts';
import { healthHeaders, notifyHeaders } from './compile-health.ts';
import {
  compileDevice,
  compileMount,
  compileNode,
  compileSecret,
  compileSharedMemory,
  devLinks,
  type MountOps,
  nullSlot,
  parentsFirst,
} from './compile-mounts.ts';
import {
  compileProcess,
  hookFields,
  hookOps,
  personalityOps,
  userText,
} from './compile-process.ts';
import { cloneFlags, mountPropagation } from './flags.ts';
import type {
  BridgesInput,
  CgroupInput,
  EventsInput,
  LaunchInput,
  PortRelayInput,
  ProcessInput,
  UsernsInput,
} from './launch-input.ts';
import { monitorHeader } from './monitor-input.ts';
import type { ContainerOp, LaunchPlan, PlanHeader, StorageOp } from './ops.ts';
import type { OciSpec } from './spec.ts';

function flatten(mappings: readonly IdMapping[]): number[] {
  return mappings.flatMap((m) => [m.containerId, m.hostId, m.size]);
}

/** The user namespaces to be made or joined. */
export function usernsHeader(userns: UsernsInput): PlanHeader[] {
  if (userns.kind === 'caller') return [];
  if (userns.kind === 'join') {
    if (userns.nested) return [{ op: 'nestedUserns', path: userns.path }];
    return [{ op: 'join', flag: cloneFlags.user, path: userns.path }];
  }
  if (userns.kind === 'bridges') {
    const { uids, gids } = userns.map;
    return [{ op: 'innerUserns', uids: flatten(uids), gids: flatten(gids) }];
  }
  const { idMap, inner } = userns;
  const outer: PlanHeader = {
    op: 'userns',
    helper: idMap.kind === 'full',
    uids: flatten(idMap.uids),
    gids: flatten(idMap.gids),
  };
  if (inner === null) return [outer];
  return [outer, { op: 'innerUserns', uids: flatten(inner.uids), gids: flatten(inner.gids) }];
}

/** The mount namespace is the payload's own unless one is joined; the stage makes user and time ones. */
export function namespaceHeaders({ linux }: OciSpec): PlanHeader[] {
  let flags = cloneFlags.mount;
  const others: PlanHeader[] = [];
  for (const { type, path } of linux.namespaces) {
    if (type === 'user') continue;
    if (type === 'mount' && path !== undefined) flags &= ~cloneFlags.mount;
    if (path !== undefined) others.push({ op: 'join', flag: cloneFlags[type], path });
    else if (type === 'time') others.push({ op: 'timens', offsets: linux.timeOffsets ?? '' });
    else flags |= cloneFlags[type];
  }
  return [{ op: 'namespaces', flags }, ...others];
}

function ownerHeaders({ joinOwners }: LaunchInput): PlanHeader[] {
  return joinOwners.map(({ pid, startTicks }) => ({
    op: 'joinOwner',
    pid,
    startTicks: BigInt(startTicks),
  }));
}

function relayHeaders(relay: PortRelayInput | null): PlanHeader[] {
  return relay === null ? [] : [{ op: 'portRelay', ...relay }];
}

function bridgeHeaders({ directory, holder, attachments, portRelay }: BridgesInput): PlanHeader[] {
  return [
    { op: 'bridges', directory, holder },
    ...attachments.map(({ link, ...rest }) => ({ op: 'attachment', ...link, ...rest }) as const),
    ...relayHeaders(portRelay),
  ];
}

/** The helper of a network of its own or the bridges, and the relay beside them. */
export function networkHeader(input: LaunchInput): PlanHeader[] {
  if (input.bridges !== null) return bridgeHeaders(input.bridges);
  if (input.networkHelper === null) return [];
  const { portRelay, ...helper } = input.networkHelper;
  return [{ op: 'networkHelper', ...helper }, ...relayHeaders(portRelay)];
}

/** The storage operation that makes the root filesystem. */
export function rootOp(rootfs: DriverRootfs, staging: string): StorageOp {
  switch (rootfs.kind) {
    case 'overlay': {
      const { lowers, upper, work, volatile, legacyMount } = rootfs;
      return { op: 'rootOverlay', lowers, upper, work, volatile, legacyMount, staging };
    }
    case 'fuse-overlayfs':
      return { op: 'rootFuse', argv: rootfs.argv, mountpoint: rootfs.mountpoint };
    case 'directory':
      return { op: 'rootDirectory', path: rootfs.path };
  }
}

function joinsMounts({ linux }: OciSpec): boolean {
  return linux.namespaces.some(({ type, path }) => type === 'mount' && path !== undefined);
}

/** The operations of a configuration's mounts, which has their order in its own hands or leaves it to us. */
function mountOps(spec: OciSpec, listedOrder: boolean): MountOps {
  const nextSlot = nullSlot + 1;
  const ops: MountOps = { storage: [], container: [], readonly: [], nextSlot };
  // The paths of a mount namespace that is joined are those of whoever made it.
  if (listedOrder && !joinsMounts(spec)) ops.listedOrder = true;
  ops.plainNames = listedOrder;
  ops.storage.push({ op: 'pinDevice', slot: nullSlot, source: '/dev/null', major: 1, minor: 3 });
  const mounts = listedOrder ? spec.mounts : parentsFirst(spec.mounts);
  const dev = mounts.findIndex(({ destination }) => destination === '/dev');
  const fillDev = (): void => {
    for (const device of spec.linux.devices) compileDevice(device, ops);
    for (const node of spec.linux.nodes ?? []) compileNode(node, ops);
    ops.container.push(...devLinks());
  };
  mounts.forEach((mount, position) => {
    compileMount(mount, ops);
    // A /dev that is bound from elsewhere is complete.
    if (position === dev && mount.type !== 'bind') fillDev();
  });
  if (dev < 0) fillDev();
  return ops;
}

/** The steps that a network namespace of its own needs. */
export function networkOps(spec: OciSpec): ContainerOp[] {
  const own = spec.linux.namespaces.some((ns) => ns.type === 'network' && ns.path === undefined);
  return own ? [{ op: 'loopbackUp' }] : [];
}

/** Host and domain name in a namespace of its own. */
export function nameOps(spec: OciSpec): ContainerOp[] {
  const own = spec.linux.namespaces.some((ns) => ns.type === 'uts' && ns.path === undefined);
  if (!own) return [];
  const { hostname, domainname = '' } = spec;
  return [
    ...(hostname === '' ? [] : [{ op: 'hostname', name: hostname } as const]),
    ...(domainname === '' ? [] : [{ op: 'domainname', name: domainname } as const]),
  ];
}

const recursive = 0x4000n; // MS_REC

function propagationOps({ linux }: OciSpec): ContainerOp[] {
  const name = linux.rootfsPropagation;
  if (name === undefined) return [];
  const propagation = mountPropagation[name.replace(/^r/, '')] ?? 0n;
  return [
    {
      op: 'rootPropagation',
      propagation: name.startsWith('r') ? propagation | recursive : propagation,
    },
  ];
}

function runtimeHeaders({ runtime }: LaunchInput): PlanHeader[] {
  if (runtime === null) return [];
  const { handover, hooks, hookState } = runtime;
  return [
    ...(handover === null ? [] : [{ op: 'handover', ...handover } as const]),
    ...hooks.createRuntime.map(
      (hook) =>
        ({
          op: 'runtimeHook',
          ...hookFields(hook, hook.prestart ? hookState.created : hookState.creating),
        }) as const,
    ),
  ];
}

/** The records of what the payload's process has from elsewhere or gives to others. */
export function inheritanceHeaders(
  { seccomp, preservedFds }: ProcessInput,
  cgroup: CgroupInput | null,
  events: EventsInput | null,
): PlanHeader[] {
  const listener = seccomp?.listener ?? null;
  return [
    ...(cgroup === null ? [] : [{ op: 'cgroup', ...cgroup } as const]),
    ...(events === null ? [] : [{ op: 'events', ...events } as const]),
    ...(listener === null ? [] : [{ op: 'seccompListener', ...listener } as const]),
    ...(preservedFds.length === 0
      ? []
      : [{ op: 'preservedFds', numbers: [...preservedFds] } as const]),
  ];
}

function startOps({ runtime }: LaunchInput): StorageOp[] {
  const fifo = runtime?.startFifo ?? null;
  return fifo === null ? [] : [{ op: 'pinStart', fifo }];
}

/** Whether everything is mounted already: in a mount namespace that is joined without a word of mounts. */
function isMounted(spec: OciSpec): boolean {
  return joinsMounts(spec) && spec.mounts.length === 0;
}

function joinedOps(spec: OciSpec, input: LaunchInput): ContainerOp[] {
  return [
    ...(spec.process.terminal ? [{ op: 'terminal' } as const] : []),
    ...nameOps(spec),
    ...networkOps(spec),
    ...(input.runtime?.noNewKeyring ? [] : [{ op: 'keyring', name: '_ses' } as const]),
    { op: 'barrier' },
    ...hookOps(input.runtime?.hooks.createContainer, input.runtime?.hookState.creating),
    ...compileProcess(spec.process, input),
  ];
}

/** A missing working directory becomes the user's, as with podman, unless it lies in what is mounted. */
function workdirOp({ process, mounts }: OciSpec, { runtime }: LaunchInput): ContainerOp {
  const path = process.cwd;
  const mounted = mounts.some(({ destination }) => path.startsWith(`${destination}/`));
  const owner = runtime === null && !mounted ? userText(process) : '';
  return { op: 'makeDir', path, mode: 0o755, owner };
}

/**
 * Compiles an OCI configuration and the circumstances of a start into a launch plan.
 *
 * Pure: the same input gives the same plan, whatever is on the disk. Throws BryoError `bad-spec`
 * for a property that cannot be honoured.
 */
export function compilePlan(spec: OciSpec, input: LaunchInput): LaunchPlan {
  const { files, process, watchers } = input;
  const mounts = mountOps(spec, files.listedMountOrder);
  if (files.shm !== null) compileSharedMemory(files.shm, mounts);
  for (const file of files.secrets) compileSecret(file, files.staging, mounts);
  const header: PlanHeader[] = [
    ...usernsHeader(input.userns),
    ...namespaceHeaders(spec),
    ...ownerHeaders(input),
    monitorHeader(input.monitor, spec.process.terminal),
    ...networkHeader(input),
    ...runtimeHeaders(input),
    ...inheritanceHeaders(process, input.cgroup, watchers.events),
    ...healthHeaders(watchers.health),
    ...notifyHeaders(watchers.notify),
  ];
  if (isMounted(spec)) return [...header, ...startOps(input), ...joinedOps(spec, input)];
  const container: ContainerOp[] = [
    { op: 'enterRoot', staging: files.staging, propagation: mountPropagation['slave'] ?? 0n },
    // Before all mounts: it belongs to the container's own layer.
    ...(files.mtab ? [{ op: 'symlink', path: '/etc/mtab', target: '/proc/mounts' } as const] : []),
    ...(files.zone === null ? [] : [{ op: 'zoneLink', zone: files.zone } as const]),
    ...files.passwdEntries.map((entry) => ({ op: 'passwdEntry', ...entry }) as const),
    ...mounts.container,
    ...(spec.process.terminal ? [{ op: 'console', path: '/dev/console' } as const] : []),
    ...nameOps(spec),
    ...networkOps(spec),
    ...Object.entries(spec.linux.sysctl).map(
      ([key, value]) => ({ op: 'sysctl', key, value }) as const,
    ),
    ...spec.linux.readonlyPaths.map((path) => ({ op: 'readonlyPath', path }) as const),
    ...[...new Set(spec.linux.maskedPaths)].map(
      (path) => ({ op: 'mask', path, nullSlot }) as const,
    ),
    ...(files.makeWorkdir ? [workdirOp(spec, input)] : []),
    ...mounts.readonly.map((path) => ({ op: 'mountReadonly', path }) as const),
    ...(input.runtime?.noNewKeyring ? [] : [{ op: 'keyring', name: '_ses' } as const]),
    { op: 'barrier' },
    ...hookOps(input.runtime?.hooks.createContainer, input.runtime?.hookState.creating),
    { op: 'pivot', cover: input.runtime?.noPivot ?? false },
    ...(spec.root.readonly ? [{ op: 'rootReadonly' } as const] : []),
    ...propagationOps(spec),
    ...personalityOps(spec.linux.personality),
    ...compileProcess(spec.process, input),
  ];
  const storage = [rootOp(files.rootfs, files.staging), ...startOps(input), ...mounts.storage];
  return [...header, ...storage, ...container];
}
