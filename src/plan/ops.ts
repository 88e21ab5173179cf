import { headerRecords } from './header-records.ts';
import type { RecordOf, RecordShape } from './record-shape.ts';

/**
 * The launch plan: every record a plan may hold, with the type of each field.
 *
 * The tables here and in `header-records.ts` are the only definition. `encode.ts` writes records from
 * them, the launcher's decoder (addon/plan/ops.gen.h) is generated from them, and the types below are
 * derived. Codes are never reused; a change of a field's meaning raises `planVersion`.
 *
 * Paths: `hostPath` is trusted and opened as it is; `rootPath` is resolved natively beneath the
 * container's root (openat2 RESOLVE_IN_ROOT), never on the host.
 */
export const planVersion = 14;
export const planMagic = 0x4f59_5242; // "BRYO", little-endian

/** When a storage operation has work to do: under the caller's own ids, or as the mapped root, or both. */
export type StoragePhase = 'pin' | 'mount';

interface StorageShape extends RecordShape {
  phases: readonly StoragePhase[];
}

/** A bind's source, and how it is copied. */
const bindFields = {
  slot: 'u32',
  source: 'hostPath',
  recursive: 'bool',
  noFollow: 'bool',
  shared: 'bool',
} as const;

/**
 * Storage operations: run in the new user and mount namespace, before the payload's namespaces
 * exist. They pin what later operations mount, in two phases: `pin` while the caller's own permissions still
 * apply, `mount` when the process is the mapped root.
 * `mountIds` pins a mapping of owners for mounts (mount_setattr(2), MOUNT_ATTR_IDMAP): id of the
 * filesystem, id in the container, size. `pinSecret` makes a file of a tmpfs of its own, with owners
 * as the storage namespace has them; `staging` is a directory that is covered for a moment.
 * `pinOverlay` pins layers seen together, with an upper one or (empty) to be read only; `pinPart` and
 * `subpath` pin what lies beneath, resolved there, whatever links are in it.
 * `pinBind` with `shared`: mounts of the container's there are the host's, too, where its namespaces allow that.
 * `pinShared` pins a mount of another container, named by a process of it. `ownFile` gives what a slot has pinned, but not
 * what is in it, to ids of the storage namespace.
 */
export const storageRecords = {
  pinBind: {
    code: 20,
    phases: ['pin'],
    fields: bindFields,
  },
  pinDevice: {
    code: 21,
    phases: ['pin'],
    fields: { slot: 'u32', source: 'hostPath', major: 'u32', minor: 'u32' },
  },
  rootOverlay: {
    code: 22,
    phases: ['pin', 'mount'],
    fields: {
      lowers: 'hostPaths',
      upper: 'hostPath',
      work: 'hostPath',
      volatile: 'bool',
      legacyMount: 'bool',
      staging: 'hostPath',
    },
  },
  rootFuse: { code: 23, phases: ['mount'], fields: { argv: 'texts', mountpoint: 'hostPath' } },
  rootDirectory: { code: 24, phases: ['pin'], fields: { path: 'hostPath' } },
  pinStart: { code: 25, phases: ['pin'], fields: { fifo: 'hostPath' } },
  pinSecret: {
    code: 27,
    phases: ['mount'],
    fields: {
      slot: 'u32',
      staging: 'hostPath',
      content: 'bytes',
      mode: 'u32',
      uid: 'u32',
      gid: 'u32',
    },
  },
  pinShared: {
    code: 28,
    phases: ['mount'],
    fields: { slot: 'u32', pid: 'u32', startTicks: 'u64', path: 'rootPath' },
  },
  pinOverlay: {
    code: 29,
    phases: ['pin', 'mount'],
    fields: {
      slot: 'u32',
      lowers: 'hostPaths',
      upper: 'hostPath',
      work: 'hostPath',
      legacyMount: 'bool',
      staging: 'hostPath',
      subpath: 'rootPath',
    },
  },
  pinPart: {
    code: 30,
    phases: ['pin'],
    fields: { slot: 'u32', source: 'hostPath', subpath: 'rootPath' },
  },
  ownFile: { code: 31, phases: ['mount'], fields: { slot: 'u32', uid: 'u32', gid: 'u32' } },
  mountIds: { code: 26, phases: ['mount'], fields: { slot: 'u32', uids: 'u32s', gids: 'u32s' } },
} as const satisfies Record<string, StorageShape>;

/**
 * Container operations: run in order in the payload's own namespaces. Each states what shall hold
 * afterwards; none has conditions. `ids` of a mount is the slot of a `mountIds`; 0: none. `ownSlot`: all
 * that a slot pinned belongs to a user of the container's. `workdir` leaves a directory that is closed to root
 * to the same operation `again`, once the credentials are the payload's. `makeDir`: with an `owner` (a user as in
 * `credentials`) what is missing, on the way to it as well, becomes that user's. `mountReadonly`: the mount at that
 * place alone, once all that belongs into it is there. `attachRoot` shows the root
 * filesystem at a path of the host, for a program that is called with that; after `leaveRoot` the root is the host's again.
 * `hook` with `home`: its environment is the payload's own,
 * which has a HOME. `zoneLink`: /etc/localtime leads to the rules of that time zone, if the image has them.
 * `makeNode` makes a device or a FIFO (`type` is that of mknod(2)); one that is `closed` can be seen, not opened.
 * `mountBind`: `set` and `clear` are for all of the tree, `topSet` and `topClear` for its topmost mount.
 * `renewSlot`: what `pinBind` pinned is the newest of all mounts, where the same file can still be reached by its path.
 */
export const containerRecords = {
  enterRoot: { code: 40, fields: { staging: 'hostPath', propagation: 'u64' } },
  mountFs: {
    code: 41,
    fields: {
      target: 'rootPath',
      fs: 'text',
      attributes: 'u64',
      options: 'texts',
      noFollow: 'bool',
      copyUp: 'bool',
      ids: 'u32',
    },
  },
  mountBind: {
    code: 42,
    fields: {
      target: 'rootPath',
      slot: 'u32',
      set: 'u64',
      clear: 'u64',
      topSet: 'u64',
      topClear: 'u64',
      recursive: 'bool',
      propagation: 'u64',
      copyUp: 'bool',
      noFollow: 'bool',
      ids: 'u32',
    },
  },
  makeDir: { code: 43, fields: { path: 'rootPath', mode: 'u32', owner: 'text' } },
  symlink: { code: 44, fields: { path: 'rootPath', target: 'text' } },
  writeFile: { code: 45, fields: { path: 'rootPath', mode: 'u32', content: 'bytes' } },
  mask: { code: 46, fields: { path: 'rootPath', nullSlot: 'u32' } },
  readonlyPath: { code: 47, fields: { path: 'rootPath' } },
  console: { code: 48, fields: { path: 'rootPath' } },
  hostname: { code: 49, fields: { name: 'text' } },
  domainname: { code: 50, fields: { name: 'text' } },
  sysctl: { code: 51, fields: { key: 'text', value: 'text' } },
  loopbackUp: { code: 52, fields: {} },
  rlimit: { code: 53, fields: { resource: 'u32', soft: 'u64', hard: 'u64', atMost: 'bool' } },
  oomScoreAdj: { code: 54, fields: { value: 'i32' } },
  pivot: { code: 55, fields: { cover: 'bool' } },
  rootReadonly: { code: 56, fields: {} },
  umask: { code: 57, fields: { mask: 'u32' } },
  keyring: { code: 58, fields: { name: 'text' } },
  passwdEntry: { code: 59, fields: { uid: 'u32', line: 'text', gid: 'u32', groupLine: 'text' } },
  barrier: { code: 60, fields: {} },
  workdir: { code: 61, fields: { path: 'rootPath', again: 'bool' } },
  credentials: {
    code: 62,
    fields: {
      user: 'text',
      groups: 'texts',
      keepGroups: 'bool',
      bounding: 'u64',
      effective: 'u64',
      permitted: 'u64',
      inheritable: 'u64',
      ambient: 'u64',
    },
  },
  noNewPrivs: { code: 63, fields: {} },
  seccomp: { code: 64, fields: { flags: 'u32', listener: 'bool', program: 'bytes' } },
  terminal: { code: 66, fields: {} },
  exec: { code: 65, fields: { argv: 'texts', env: 'texts', init: 'bool' } },
  hook: {
    code: 67,
    fields: {
      name: 'text',
      path: 'text',
      argv: 'texts',
      env: 'texts',
      home: 'bool',
      timeoutMs: 'u64',
      state: 'text',
    },
  },
  requireCommand: { code: 68, fields: { name: 'text', env: 'texts' } },
  awaitStart: { code: 69, fields: {} },
  rootPropagation: { code: 70, fields: { propagation: 'u64' } },
  personality: { code: 71, fields: { persona: 'u64' } },
  scheduler: {
    code: 72,
    fields: {
      policy: 'u32',
      flags: 'u64',
      nice: 'i32',
      priority: 'u32',
      runtime: 'u64',
      deadline: 'u64',
      period: 'u64',
    },
  },
  ioPriority: { code: 73, fields: { class: 'u32', priority: 'u32' } },
  cpuAffinity: { code: 74, fields: { cpus: 'u32s' } },
  securityLabel: { code: 75, fields: { attribute: 'text', value: 'text' } },
  landlock: { code: 76, fields: { scopes: 'u64' } },
  hold: { code: 77, fields: {} },
  memoryPolicy: { code: 78, fields: { mode: 'u32', nodes: 'u32s' } },
  pause: { code: 79, fields: {} },
  ownSlot: { code: 80, fields: { slot: 'u32', user: 'text' } },
  mountReadonly: { code: 81, fields: { path: 'rootPath' } },
  attachRoot: { code: 82, fields: { path: 'hostPath' } },
  leaveRoot: { code: 83, fields: {} },
  zoneLink: { code: 84, fields: { zone: 'text' } },
  makeNode: {
    code: 85,
    fields: {
      path: 'rootPath',
      type: 'u32',
      major: 'u32',
      minor: 'u32',
      mode: 'u32',
      uid: 'u32',
      gid: 'u32',
      closed: 'bool',
    },
  },
  renewSlot: {
    code: 86,
    fields: bindFields,
  },
} as const satisfies Record<string, RecordShape>;

export const planRecords = { ...headerRecords, ...storageRecords, ...containerRecords };

export type PlanHeader = RecordOf<typeof headerRecords>;
export type StorageOp = RecordOf<typeof storageRecords>;
export type ContainerOp = RecordOf<typeof containerRecords>;
export type PlanRecord = PlanHeader | StorageOp | ContainerOp;

/** Header records first, then storage operations, then container operations. */
export type LaunchPlan = readonly PlanRecord[];
