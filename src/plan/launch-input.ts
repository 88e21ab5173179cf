import type { IdMap, IdMapping } from '../base/id-map.ts';
import type { EnumWord } from '../contract/enums.ts';
import type { DriverRootfs } from '../store/drivers/driver.ts';
import type { MonitorInput } from './monitor-input.ts';
import type { OciHook } from './spec.ts';

/** How the payload's user namespace comes to be. */
export type UsernsInput =
  | { kind: 'create'; idMap: IdMap; inner: { uids: IdMapping[]; gids: IdMapping[] } | null }
  /** Below that of the container's bridges, which the launcher is given. */
  | { kind: 'bridges'; map: { uids: IdMapping[]; gids: IdMapping[] } }
  /** `nested`: it is below another one, in which the root filesystem is made. */
  | { kind: 'join'; path: string; nested: boolean }
  /** No namespace is made: the caller's own stays, in which it has the rights it needs. */
  | { kind: 'caller' };

export interface NetworkHelperInput {
  /** With %PID%, %READY_FD% and %EXIT_FD% to be filled in by the launcher. */
  argv: string[];
  /** A library to be loaded into it (LD_PRELOAD, ld.so(8)); empty: none. */
  preload: string;
  /** Named pipe, made by the launcher, that the helper writes to when ready; empty: %READY_FD%. */
  readyPath: string;
  /** Where its pid is written once it is ready; empty: nowhere. */
  pidFile: string;
  /** Empty: none. */
  apiSocket: string;
  /** Sent to the API socket one after the other. */
  apiRequests: string[];
  /** Has ports of the host, which the next start may want at once. */
  holdsPorts: boolean;
  /** Ports that the helper does not forward itself. */
  portRelay: PortRelayInput | null;
}

/** Ports that the launcher relays; an address is four words of IPv6, where IPv4 is mapped. */
export interface PortRelayInput {
  /** Flat, of IPv4 and of IPv6: the container's, and the one of clients whose own cannot be shown; 0: none. */
  addresses: number[];
  /** Flat: protocol, source, the host's address, port of the host, port of the container. */
  ports: number[];
  /** Flat: address and bits of networks that the container reaches by interfaces of its own. */
  neighbours: readonly number[];
}

/** One interface of a container on a network, as the launch plan's record `attachment` says. */
export interface AttachmentInput {
  link: {
    driver: EnumWord<'linkDriver'>;
    /** Of macvlan empty. */
    bridge: string;
    parent: string;
    mode: string;
    mtu: number;
    /** 0: none. */
    vlan: number;
    internal: boolean;
    unmanaged: boolean;
  };
  interfaceName: string;
  hostName: string;
  mac: string;
  /** With the bits of their networks, as the gateways, which are the bridge's. */
  addresses: string[];
  gateways: string[];
  /** "DESTINATION GATEWAY METRIC". */
  routes: string[];
  /** Number of its egress policy; 0: there is none. */
  policy: number;
  /** Destinations that are open for good: "NETWORK", or "NETWORK tcp|udp PORT". */
  egress: string[];
  /** Bytes per second that it sends and gets at most, each; 0: as many as there are. */
  rate: bigint;
  /** Words of the client that keeps the address that it has by DHCP; none: it has it otherwise. */
  dhcp: string[];
  /** Directory of the container whose files are told of another address; empty: its address does not change. */
  leaseFiles: string;
}

/** The bridges that a container is on; their namespaces are given to the launcher as descriptors. */
export interface BridgesInput {
  directory: string;
  /** Arguments that start another holder of them. */
  holder: string[];
  attachments: AttachmentInput[];
  portRelay: PortRelayInput | null;
}

/** A command that tells whether the payload is well. Times are milliseconds. */
export interface ProbeInput {
  /** An encoded launch plan that joins a process without naming it. */
  plan: Uint8Array;
  /** 0: only when asked. */
  interval: number;
  /** Until the payload is well; 0: as later. */
  startInterval: number;
  timeout: number;
  failures: number;
  successes: number;
}

/** How the monitor watches the payload's health. Times are milliseconds. */
export interface HealthInput {
  recordPath: string;
  /** Where the log of results goes instead of the record; empty: nowhere else. */
  logPath: string;
  logCount: number;
  logSize: number;
  /** Results are told with the events, and not kept. */
  eventLog: boolean;
  /** Events tell nothing of checks. */
  quiet: boolean;
  startPeriod: number;
  onFailure: EnumWord<'healthAction'>;
  stopSignal: number;
  stopTimeout: number;
  regular: ProbeInput;
  startup: ProbeInput | null;
}

/** The file and the journal that the monitor tells of what happens. */
export interface EventsInput {
  /** Empty: no file. */
  path: string;
  /** Bytes from which the file is set aside. */
  limit: bigint;
  /** The part of an event's JSON object that says whom it happens to. */
  subject: string;
  /** Fields for the journal; empty: it hears of nothing. */
  journal: Uint8Array;
  /** Id of an exec session, or empty. */
  session: string;
}

/** The service manager that hears how the container is (sd_notify(3)). */
export interface NotifyInput {
  /** NOTIFY_SOCKET: a path, or a name in the abstract namespace after `@`. */
  address: string;
  when: EnumWord<'notifyWhen'>;
  /** Milliseconds in which something must be heard; 0: never. */
  watchdog: number;
}

/** The part of a launch that only an OCI runtime's container has. */
export interface RuntimeInput {
  /** Null: a monitor stays. Else the launcher leaves; the socket that gets the terminal, or empty. */
  handover: { consoleSocket: string } | null;
  /** Leave out the session keyring; cover the old root instead of giving it up. */
  noNewKeyring: boolean;
  noPivot: boolean;
  /** FIFO through which `start` lets the process go; null: it runs at once. */
  startFifo: string | null;
  hooks: { createRuntime: OciHook[]; createContainer: OciHook[]; startContainer: OciHook[] };
  /** The container's state as hooks read it, with %PID% for its pid (runtime.md, "State"). */
  hookState: { creating: string; created: string };
}

/** A file that exists in the container's memory only. */
export interface SecretFileInput {
  /** Absolute path in the container. */
  target: string;
  content: Uint8Array;
  /** Permission bits. */
  mode: number;
  /** Ids of the storage namespace. */
  uid: number;
  gid: number;
}

/** The payload starts in a control group of its own, which the launcher is told of. */
export interface CgroupInput {
  /** The group goes with the container. */
  remove: boolean;
}

/** A process that there is, told from another one with the same pid by when it began. */
export interface ProcessMark {
  pid: number;
  /** Clock ticks after boot. */
  startTicks: number;
}

/** A filter of system calls (seccomp(2)). */
export interface SeccompInput {
  program: Uint8Array;
  flags: number;
  /** The socket that hears of system calls with SCMP_ACT_NOTIFY, and what it is told; or null. */
  listener: { path: string; state: string; optional: boolean } | null;
}

/** The payload's process, besides what the OCI configuration says of it. */
export interface ProcessInput {
  /** Null: all system calls are allowed. */
  seccomp: SeccompInput | null;
  /** LANDLOCK_SCOPE_* flags (landlock(7)); 0: none. */
  landlockScopes: number;
  /** Process 1 is one that reaps others (`--init`). */
  init: boolean;
  /** The caller's supplementary groups stay. */
  keepGroups: boolean;
  umask: number;
  /** The numbers that the caller's descriptors have in the payload, from 3 on. */
  preservedFds: readonly number[];
}

/** The container's files, besides the mounts of the OCI configuration. */
export interface FilesInput {
  rootfs: DriverRootfs;
  /** A directory of the container to assemble the root on; hidden again by pivot. */
  staging: string;
  /** Lines for passwd and group where the image has no entry for the id. */
  passwdEntries: { uid: number; line: string; gid: number; groupLine: string }[];
  /** Make the link /etc/mtab where the files have none (mount(8), "Files"). */
  mtab: boolean;
  /** A time zone that /etc/localtime shall lead to; null: it stays as it is. */
  zone: string | null;
  /** Make the working directory where the files have none. */
  makeWorkdir: boolean;
  /** Mounts as other runtimes have them: in the order of the configuration, and attributes as they are named. */
  listedMountOrder: boolean;
  /** The process in whose mount namespace the container's /dev/shm is; null: its own. */
  shm: ProcessMark | null;
  secrets: readonly SecretFileInput[];
}

/** The parties that hear of what happens to the container; null: nobody. */
export interface WatchersInput {
  events: EventsInput | null;
  /** Null: nobody looks whether it is well. */
  health: HealthInput | null;
  notify: NotifyInput | null;
}

/** The circumstances of a plan besides the OCI configuration: places and decisions of this very start. */
export interface LaunchInput {
  userns: UsernsInput;
  /** The processes that namespaces which are joined by path belong to, as far as they are known. */
  joinOwners: ProcessMark[];
  files: FilesInput;
  process: ProcessInput;
  monitor: MonitorInput;
  networkHelper: NetworkHelperInput | null;
  bridges: BridgesInput | null;
  /** Null: the caller's own. */
  cgroup: CgroupInput | null;
  watchers: WatchersInput;
  /** Null for bryo's own containers. */
  runtime: RuntimeInput | null;
}
