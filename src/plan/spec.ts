/**
 * The part of the OCI runtime specification (config.md, config-linux.md) that bryo produces and
 * compiles. Field names are the specification's.
 */
export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
  /** Owners as ids of the filesystem and ids in the container. */
  idMap?: { uids: OciIdMapping[]; gids: OciIdMapping[]; recursive: boolean };
  /** Layers seen together instead of the source; our own extension, as what follows. */
  overlay?: OverlayMount;
  /** Of the source only what lies at this path in it. */
  subpath?: string;
  /** The text of the symbolic link that is made instead of a mount. */
  symlink?: string;
  /** The user of the container that everything in it shall belong to. */
  owner?: string;
  /** Ids of the storage namespace that the source, but not what is in it, shall belong to. */
  fileOwner?: FileOwner;
}

export interface FileOwner {
  uid: number;
  gid: number;
}

/** Directories of an overlay, topmost first. */
export interface OverlayMount {
  lowers: string[];
  /** Empty: it is to be read only. */
  upper: string;
  work: string;
  legacyMount: boolean;
  /** A directory that is covered for a moment. */
  staging: string;
}

export interface OciIdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export type OciNamespaceType =
  | 'pid'
  | 'network'
  | 'mount'
  | 'ipc'
  | 'uts'
  | 'user'
  | 'cgroup'
  | 'time';

export interface OciNamespace {
  type: OciNamespaceType;
  path?: string;
}

export interface OciCapabilities {
  bounding: string[];
  effective: string[];
  inheritable: string[];
  permitted: string[];
  ambient: string[];
}

export interface OciUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  /** Further groups by name or number, looked up as `username` is. */
  additionalGroups?: string[];
  /**
   * `user[:group]` as the user or the image wrote it: looked up in the container's own passwd and
   * group files at launch. Overrides uid and gid.
   */
  username?: string;
}

/** When and where the kernel runs a process. */
export interface OciScheduling {
  scheduler?: OciScheduler;
  ioPriority?: { class: number; priority: number };
  memoryPolicy?: OciMemoryPolicy;
  /** CPUs to run on. */
  cpuAffinity?: number[];
}

export interface OciProcess extends OciScheduling {
  terminal: boolean;
  user: OciUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities: OciCapabilities;
  rlimits: { type: string; soft: number; hard: number }[];
  noNewPrivileges: boolean;
  oomScoreAdj?: number;
  /** The labels that are written to /proc/self/attr/… for AppArmor and SELinux. */
  securityLabels?: { attribute: string; value: string }[];
}

/** Arguments of set_mempolicy(2): flags are in the mode, nodes are numbers. */
export interface OciMemoryPolicy {
  mode: number;
  nodes: number[];
}

/** Arguments of sched_setattr(2). */
export interface OciScheduler {
  policy: number;
  flags: bigint;
  nice: number;
  priority: number;
  runtime: bigint;
  deadline: bigint;
  period: bigint;
}

export interface OciHook {
  /** For messages: `createRuntime hook #0`. */
  name: string;
  path: string;
  args: string[];
  /** Null: the payload's own environment. */
  env: string[] | null;
  /** Seconds; 0: none. */
  timeout: number;
  /** A deprecated prestart hook: to those the container has been created already, as crun has it. */
  prestart?: true;
}

export interface OciSeccompArg {
  index: number;
  value: number;
  valueTwo?: number;
  op: string;
}

export interface OciSeccompSyscall {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: OciSeccompArg[];
}

export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures: string[];
  syscalls: OciSeccompSyscall[];
}

export interface OciDevice {
  path: string;
  type: 'c' | 'b';
  major: number;
  minor: number;
  /** bryo binds the host's node, so it keeps where that is. */
  source: string;
}

/** A node that is made, not bound: by root of the machine, or a FIFO, which anybody may make. */
export interface OciNode {
  path: string;
  type: 'c' | 'b' | 'p';
  major: number;
  minor: number;
  mode: number;
  /** Ids of the container. */
  uid: number;
  gid: number;
  /** Whether nobody may open it: `linux.resources.devices` denies it. */
  closed: boolean;
}

export interface OciSpec {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly: boolean };
  hostname: string;
  domainname?: string;
  mounts: OciMount[];
  annotations: Record<string, string>;
  linux: {
    uidMappings: OciIdMapping[];
    gidMappings: OciIdMapping[];
    namespaces: OciNamespace[];
    devices: OciDevice[];
    nodes?: OciNode[];
    sysctl: Record<string, string>;
    seccomp: OciSeccomp | null;
    maskedPaths: string[];
    readonlyPaths: string[];
    /** `shared`, `rslave`, …; absent: as the launcher makes it. */
    rootfsPropagation?: string;
    /** Lines of /proc/PID/timens_offsets. */
    timeOffsets?: string;
    /** Value of personality(2). */
    personality?: number;
  };
}
