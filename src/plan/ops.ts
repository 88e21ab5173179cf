/**
 * The launch plan: every record a plan may hold, with the type of each field.
 *
 * This table is the only definition. `encode.ts` writes records from it, `header.ts` generates the
 * launcher's decoder (addon/launcher/ops.gen.h) from it, and the types below are derived from it.
 * Codes are never reused; a change of a field's meaning raises `planVersion`.
 *
 * Paths: `hostPath` is trusted and opened as it is; `rootPath` is resolved natively beneath the
 * container's root (openat2 RESOLVE_IN_ROOT), never on the host.
 */
export const planVersion = 12;
export const planMagic = 0x4f59_5242; // "BRYO", little-endian

export type FieldType =
  | 'bool'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'text'
  | 'hostPath'
  | 'rootPath'
  | 'bytes'
  | 'texts'
  | 'hostPaths'
  | 'u32s';

export interface RecordShape {
  code: number;
  fields: Record<string, FieldType>;
}

/** When a storage operation has work to do: under the caller's own ids, or as the mapped root, or both. */
export type StoragePhase = 'pin' | 'mount';

interface StorageShape extends RecordShape {
  phases: readonly StoragePhase[];
}

/**
 * Header records: what the launcher's parent needs before anything is set up.
 *
 * - `userns`: create the user namespace with this mapping. `uids`/`gids` are flat triples
 *   (container id, host id, size). `helper`: written by newuidmap/newgidmap, else directly.
 * - `innerUserns`: a second user namespace for the payload, mapped relative to the first.
 * - `namespaces`: CLONE_NEW* flags of the payload's own namespaces.
 * - `join`: enter an existing namespace by path before creating any (flag: its CLONE_NEW* bit); a
 *   mount namespace last of all, when everything outside has been opened. For a user namespace the
 *   path may be that of another one: its owner is entered.
 * - `joinOwner`: a process whose namespaces `join` and `nestedUserns` name by path; refused when it has
 *   ended, or another has its pid, once they are entered.
 * - `joinProcess`: enter the namespaces (flags) of a process; refused when its start time differs.
 *   With pid 0 the launcher is told which process when it is started.
 * - `monitor`: see MonitorConfig in addon/monitor/monitor.h. `restart`: 0 never, 1 after a failure,
 *   at most `restartMax` times (0: no limit), 2 always. `podLink`: see addon/monitor/pod_link.h.
 * - `networkHelper`: argv with %PID%, %READY_FD%, %EXIT_FD%; it says that it is ready on that
 *   descriptor, or on the named pipe `readyPath`; `apiRequests` are then sent in order.
 *   `preload` (or empty) is a library that is loaded into it.
 *   With `holdsPorts` the container has ended only when the helper has.
 * - `udpRelay`: the launcher's own relay opens these UDP ports of the host, once the network helper is
 *   ready: flat triples of host address, host port and container port. IPv4 addresses are numbers.
 * - `handover`: no monitor stays (an OCI runtime's container): once the payload runs, or waits to be
 *   started, the launcher ends and its caller's subreaper is the payload's parent. `consoleSocket`
 *   (or empty) gets the master of the payload's terminal.
 * - `runtimeHook`: a program to run outside at the barrier. It reads `state`, in which %PID% stands
 *   for the payload's pid, from standard input; 0 ms is no timeout.
 * - `timens`: a new time namespace with these lines for /proc/PID/timens_offsets.
 * - `seccompListener`: the socket that gets the listener of a filter with notifications, together
 *   with `state` (%PID% as above).
 * - `preservedFds`: the payload gets so many of the caller's descriptors, from 3 on.
 * - `cgroup`: the payload starts in a control group of its own. Where that is the launcher reads from
 *   a descriptor, for a manager may first have to place the launcher itself. With `remove` the
 *   monitor ends what is left in the group, and removes it.
 * - `notify`: the service manager at the socket `address` hears that the monitor is the main process,
 *   and that the service is ready: 0 at once, 1 when it is healthy, 2 when the payload says so on the
 *   socket "notify" in the monitor's directory. `watchdogMs`: how often it wants to hear something.
 * - `health`: how the monitor finds out whether the payload is well. `recordPath` is its JSON record,
 *   `logPath` another place for the log of results (or empty), which keeps `logCount` of them with
 *   `logSize` bytes each; `eventLog`: the results are told with the events. `onFailure`: 0 nothing,
 *   1 kill, 2 stop, 3 restart; stopping takes a signal and so long until the kill.
 * - `probe`: a check of the payload, at most one of each kind (0 regular, 1 at start-up). `plan` is a
 *   whole launch plan that joins the payload. Intervals run from the end of one probe to the next, 0:
 *   only when asked; `startIntervalMs` until the payload is well, 0: as later. So many failures in a
 *   row count (0: none ever does), and so many successes.
 * - `events`: what happens is written to the file `path`, and to the journal with the fields `journal`
 *   (either may be empty). `subject` is the part of the JSON object that says whom it happens to.
 *   `session`: the id of an exec session, of which only the end is told.
 * - `nestedUserns`: enter this user namespace; the root filesystem is made in the one above it.
 */
export const headerRecords = {
  userns: { code: 1, fields: { helper: 'bool', uids: 'u32s', gids: 'u32s' } },
  innerUserns: { code: 2, fields: { uids: 'u32s', gids: 'u32s' } },
  namespaces: { code: 3, fields: { flags: 'u64' } },
  join: { code: 4, fields: { flag: 'u64', path: 'hostPath' } },
  joinProcess: { code: 5, fields: { pid: 'u32', startTicks: 'u64', flags: 'u64' } },
  monitor: {
    code: 6,
    fields: {
      containerDir: 'hostPath',
      lockPath: 'hostPath',
      statePath: 'hostPath',
      exitPath: 'hostPath',
      attachDir: 'hostPath',
      logPath: 'hostPath',
      logJournal: 'bytes',
      pidFile: 'hostPath',
      monitorPidFile: 'hostPath',
      logMaxSize: 'u64',
      logMaxFiles: 'u64',
      terminal: 'bool',
      rows: 'u32',
      columns: 'u32',
      stdinOpen: 'bool',
      stdinOnce: 'bool',
      timeoutMs: 'u64',
      syncExitRecord: 'bool',
      passthrough: 'bool',
      restart: 'u32',
      restartMax: 'u32',
      removePaths: 'hostPaths',
      podLink: 'hostPath',
      podHolder: 'bool',
    },
  },
  networkHelper: {
    code: 7,
    fields: {
      argv: 'texts',
      preload: 'hostPath',
      readyPath: 'hostPath',
      apiSocket: 'hostPath',
      apiRequests: 'texts',
      holdsPorts: 'bool',
    },
  },
  handover: { code: 8, fields: { consoleSocket: 'hostPath' } },
  runtimeHook: {
    code: 9,
    fields: { path: 'hostPath', argv: 'texts', env: 'texts', timeoutMs: 'u64', state: 'text' },
  },
  timens: { code: 10, fields: { offsets: 'text' } },
  seccompListener: { code: 11, fields: { path: 'hostPath', state: 'text' } },
  preservedFds: { code: 12, fields: { count: 'u32' } },
  cgroup: { code: 13, fields: { remove: 'bool' } },
  health: {
    code: 14,
    fields: {
      recordPath: 'hostPath',
      logPath: 'hostPath',
      logCount: 'u32',
      logSize: 'u64',
      eventLog: 'bool',
      startPeriodMs: 'u64',
      onFailure: 'u32',
      stopSignal: 'u32',
      stopTimeoutMs: 'u64',
    },
  },
  notify: { code: 18, fields: { address: 'text', when: 'u32', watchdogMs: 'u64' } },
  probe: {
    code: 15,
    fields: {
      kind: 'u32',
      plan: 'bytes',
      intervalMs: 'u64',
      startIntervalMs: 'u64',
      timeoutMs: 'u64',
      failures: 'u32',
      successes: 'u32',
    },
  },
  events: {
    code: 17,
    fields: { path: 'hostPath', subject: 'text', journal: 'bytes', session: 'text' },
  },
  nestedUserns: { code: 16, fields: { path: 'hostPath' } },
  joinOwner: { code: 100, fields: { pid: 'u32', startTicks: 'u64' } },
  udpRelay: { code: 19, fields: { containerAddress: 'u32', ports: 'u32s' } },
} as const satisfies Record<string, RecordShape>;

/**
 * Storage operations: run in the new user and mount namespace, before the payload's namespaces
 * exist. They pin what later operations mount, in two phases: `pin` while the caller's own permissions still
 * apply, `mount` when the process is the mapped root.
 * `mountIds` pins a mapping of owners for mounts (mount_setattr(2), MOUNT_ATTR_IDMAP): id of the
 * filesystem, id in the container, size. `pinSecret` makes a file of a tmpfs of its own, with owners
 * as the storage namespace has them; `staging` is a directory that is covered for a moment.
 * `pinOverlay` pins layers seen together, with an upper one or (empty) to be read only; `pinPart` and
 * `subpath` pin what lies beneath, resolved there, whatever links are in it.
 * `pinShared` pins a mount of another container, named by a process of it.
 */
export const storageRecords = {
  pinBind: {
    code: 20,
    phases: ['pin'],
    fields: { slot: 'u32', source: 'hostPath', recursive: 'bool', noFollow: 'bool' },
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
  mountIds: { code: 26, phases: ['mount'], fields: { slot: 'u32', uids: 'u32s', gids: 'u32s' } },
} as const satisfies Record<string, StorageShape>;

/**
 * Container operations: run in order in the payload's own namespaces. Each states what shall hold
 * afterwards; none has conditions. `ids` of a mount is the slot of a `mountIds`; 0: none. `ownSlot`: all
 * that a slot pinned belongs to a user of the container's.
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
      recursive: 'bool',
      propagation: 'u64',
      copyUp: 'bool',
      ids: 'u32',
    },
  },
  makeDir: { code: 43, fields: { path: 'rootPath', mode: 'u32' } },
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
  workdir: { code: 61, fields: { path: 'rootPath', create: 'bool' } },
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
    fields: { path: 'text', argv: 'texts', env: 'texts', timeoutMs: 'u64', state: 'text' },
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
} as const satisfies Record<string, RecordShape>;

export const planRecords = { ...headerRecords, ...storageRecords, ...containerRecords };

interface FieldValue {
  bool: boolean;
  u32: number;
  i32: number;
  u64: bigint;
  text: string;
  hostPath: string;
  rootPath: string;
  bytes: Uint8Array;
  texts: readonly string[];
  hostPaths: readonly string[];
  u32s: readonly number[];
}

type RecordOf<Table extends Record<string, RecordShape>> = {
  [Name in keyof Table]: { op: Name } & {
    [Field in keyof Table[Name]['fields']]: FieldValue[Table[Name]['fields'][Field] & FieldType];
  };
}[keyof Table];

export type PlanHeader = RecordOf<typeof headerRecords>;
export type StorageOp = RecordOf<typeof storageRecords>;
export type ContainerOp = RecordOf<typeof containerRecords>;
export type PlanRecord = PlanHeader | StorageOp | ContainerOp;

/** Header records first, then storage operations, then container operations. */
export type LaunchPlan = readonly PlanRecord[];
