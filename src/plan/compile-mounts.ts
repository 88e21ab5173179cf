import { mountAttributes, mountPropagation } from './flags.ts';
import type { SecretFileInput } from './launch-input.ts';
import { type ParsedMountOptions, parseMountOptions } from './mount-options.ts';
import type { ContainerOp, StorageOp } from './ops.ts';
import type { OciDevice, OciIdMapping, OciMount, OciNode } from './spec.ts';

/** The operations of the filesystem part, in the two places of a plan they belong to. */
export interface MountOps {
  storage: StorageOp[];
  container: ContainerOp[];
  /** Mounts that can be written to until everything that lies in them is there. */
  readonly: string[];
  nextSlot: number;
  /** Whether mountinfo(5) shall list binds, too, in the order of the configuration. */
  listedOrder?: boolean;
  /** Whether an attribute is the topmost mount's alone unless its name begins with an r. */
  plainNames?: boolean;
}

function pathDepth(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}

/** Mounts in an order in which none hides another: parents before what lies inside them. */
export function parentsFirst(mounts: readonly OciMount[]): OciMount[] {
  return mounts
    .map((mount, index) => ({ mount, index, depth: pathDepth(mount.destination) }))
    .sort((a, b) => a.depth - b.depth || a.index - b.index)
    .map(({ mount }) => mount);
}

/** Slot of the host's verified /dev/null, which masks files. */
export const nullSlot = 0;

/** Targets that must be what they are: a link there would lead kernel filesystems astray. */
const noFollowTargets = new Set(['/proc', '/sys', '/sys/fs/cgroup']);

/** Pins the mapping of a mount's owners, if it has one; its slot, or 0. */
function pinOwners({ idMap }: OciMount, ops: MountOps): number {
  if (idMap === undefined) return 0;
  const flat = (list: readonly OciIdMapping[]): number[] =>
    list.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
  const slot = ops.nextSlot;
  ops.nextSlot += 1;
  ops.storage.push({ op: 'mountIds', slot, uids: flat(idMap.uids), gids: flat(idMap.gids) });
  return slot;
}

/** Pins what is to be mounted. */
function pinSource(mount: OciMount, slot: number, options: ParsedMountOptions): StorageOp {
  const { source, overlay, subpath = '' } = mount;
  if (overlay !== undefined) return { op: 'pinOverlay', slot, ...overlay, subpath };
  if (subpath !== '') return { op: 'pinPart', slot, source, subpath };
  const { recursive, sourceNoFollow: noFollow } = options;
  const shared = (options.propagation & (mountPropagation['shared'] ?? 0n)) !== 0n;
  return { op: 'pinBind', slot, source, recursive, noFollow, shared };
}

/**
 * Bits that are set need not be cleared, but for those of access times: they are one choice, which is always
 * cleared as a whole (mount_setattr(2)).
 */
function clearedBits({ set, clear }: Attributes): bigint {
  return (clear & ~set & ~mountAttributes.readonly) | (clear & mountAttributes.atimeMask);
}

type Attributes = Pick<ParsedMountOptions, 'set' | 'clear'>;

/**
 * The attributes of a bind. bryo's own containers have them on all mounts of a tree, so that nothing of a volume
 * that is to be read can be written; other runtimes on the topmost one, where the name does not say otherwise.
 */
function attributeFields(options: ParsedMountOptions, topmost: boolean) {
  const fields = ({ set, clear }: Attributes) => ({ set, clear: clearedBits({ set, clear }) });
  if (!topmost || !options.recursive) return { ...fields(options), topSet: 0n, topClear: 0n };
  const { set, clear } = fields(options);
  return { ...fields(options.all), topSet: set, topClear: clear };
}

function bindOps(mount: OciMount, options: ParsedMountOptions, ops: MountOps): void {
  const slot = ops.nextSlot;
  ops.nextSlot += 1;
  const pinned = pinSource(mount, slot, options);
  ops.storage.push(pinned);
  // The kernel lists mounts by their age, and this one is older than all that are made in the container.
  if (ops.listedOrder && pinned.op === 'pinBind') {
    ops.container.push({ ...pinned, op: 'renewSlot' });
  }
  ops.container.push({
    op: 'mountBind',
    target: mount.destination,
    slot,
    ...attributeFields(options, ops.plainNames === true),
    recursive: options.recursive,
    propagation: options.propagation,
    copyUp: options.copyUp,
    noFollow: options.targetNoFollow,
    ids: pinOwners(mount, ops),
  });
  if (mount.fileOwner !== undefined) ops.storage.push({ op: 'ownFile', slot, ...mount.fileOwner });
  if (mount.owner !== undefined) ops.container.push({ op: 'ownSlot', slot, user: mount.owner });
}

function filesystemOp(mount: OciMount, options: ParsedMountOptions, ops: MountOps): ContainerOp {
  const fs = mount.type === 'cgroup' ? 'cgroup2' : mount.type;
  const source = mount.source !== '' ? [`source=${mount.source}`] : [];
  const filledLater = mount.type === 'tmpfs' || mount.destination === '/dev';
  const later = filledLater ? options.set & mountAttributes.readonly : 0n;
  if (later !== 0n) ops.readonly.push(mount.destination);
  return {
    op: 'mountFs',
    target: mount.destination,
    fs,
    attributes: options.set & ~later,
    options: [...source, ...options.data],
    noFollow: noFollowTargets.has(mount.destination),
    copyUp: options.copyUp,
    ids: pinOwners(mount, ops),
  };
}

/** Appends the operations of one OCI mount. */
export function compileMount(mount: OciMount, ops: MountOps): void {
  const options = parseMountOptions(mount.options);
  if (mount.symlink !== undefined) {
    ops.container.push({ op: 'symlink', path: mount.destination, target: mount.symlink });
  } else if (mount.type === 'bind') {
    bindOps(mount, options, ops);
  } else {
    ops.container.push(filesystemOp(mount, options, ops));
  }
}

/**
 * Appends a device: mknod(2) is not for user namespaces, so the host's node is bound, verified by
 * its numbers.
 */
export function compileDevice(device: OciDevice, ops: MountOps): void {
  const isNull = device.path === '/dev/null';
  const slot = isNull ? nullSlot : ops.nextSlot;
  if (!isNull) {
    ops.nextSlot += 1;
    const { source, major, minor } = device;
    ops.storage.push({ op: 'pinDevice', slot, source, major, minor });
  }
  const { nosuid, noexec } = mountAttributes;
  ops.container.push({
    op: 'mountBind',
    target: device.path,
    slot,
    set: nosuid | noexec,
    clear: 0n,
    topSet: 0n,
    topClear: 0n,
    recursive: false,
    propagation: 0n,
    copyUp: false,
    noFollow: false,
    ids: 0,
  });
}

/** Types of files as mknod(2) has them. */
const nodeTypes = { c: 0o020000, b: 0o060000, p: 0o010000 } as const;

/** Appends a device or FIFO that is made in the container's root filesystem. */
export function compileNode({ type, ...node }: OciNode, ops: MountOps): void {
  ops.container.push({ op: 'makeNode', ...node, type: nodeTypes[type] });
}

/** Appends the /dev/shm of another container. */
export function compileSharedMemory(
  owner: { pid: number; startTicks: number },
  ops: MountOps,
): void {
  const slot = ops.nextSlot;
  const target = '/dev/shm';
  ops.nextSlot += 1;
  const { pid, startTicks } = owner;
  ops.storage.push({
    op: 'pinShared',
    slot,
    pid,
    startTicks: BigInt(startTicks),
    path: target,
  });
  const { nosuid, nodev, noexec } = mountAttributes;
  ops.container.push({
    op: 'mountBind',
    target,
    slot,
    set: nosuid | nodev | noexec,
    clear: 0n,
    topSet: 0n,
    topClear: 0n,
    recursive: false,
    propagation: 0n,
    copyUp: false,
    noFollow: false,
    ids: 0,
  });
}

/** Appends a file that exists in memory only; nobody in the container can change it. */
export function compileSecret(file: SecretFileInput, staging: string, ops: MountOps): void {
  const { target, content, mode, uid, gid } = file;
  const slot = ops.nextSlot;
  ops.nextSlot += 1;
  ops.storage.push({ op: 'pinSecret', slot, staging, content, mode, uid, gid });
  const { nosuid, nodev, noexec, readonly } = mountAttributes;
  const isProgram = (mode & 0o111) !== 0;
  ops.container.push({
    op: 'mountBind',
    target,
    slot,
    set: nosuid | nodev | readonly | (isProgram ? 0n : noexec),
    clear: 0n,
    topSet: 0n,
    topClear: 0n,
    recursive: false,
    propagation: 0n,
    copyUp: false,
    noFollow: false,
    ids: 0,
  });
}

/** The links every container's /dev has (config-linux.md, "Default Devices"; runc's dev links). */
export function devLinks(): ContainerOp[] {
  const links: [string, string][] = [
    ['/dev/fd', '/proc/self/fd'],
    ['/dev/stdin', '/proc/self/fd/0'],
    ['/dev/stdout', '/proc/self/fd/1'],
    ['/dev/stderr', '/proc/self/fd/2'],
    ['/dev/ptmx', 'pts/ptmx'],
    ['/dev/core', '/proc/kcore'],
  ];
  return links.map(([path, target]) => ({ op: 'symlink', path, target }));
}
