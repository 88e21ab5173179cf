import type { DeviceRequest } from './devices.ts';
import { type EnvironmentRequest, noEnvironmentRequest } from './environment.ts';
import { defaultFileOptions, type FileOptions } from './files.ts';
import { type HealthRequest, noHealthRequest } from './health.ts';
import type { RestartRequest, SdnotifyRequest } from './lifecycle.ts';
import {
  type CgroupsRequest,
  noLimits,
  type ResourceLimits,
  type UlimitRequest,
} from './limits.ts';
import { defaultLog, type LogRequest } from './log.ts';
import type { MountRequest, VolumesFrom } from './mounts/types.ts';
import type { NamespaceRequest } from './namespaces.ts';
import type { NetworkRequest } from './network.ts';
import type { PortRequest } from './ports.ts';
import type { SecretRequest } from './secrets.ts';
import { noSecurityChoices, type SecurityRequest } from './security.ts';
import type { UsernsRequest } from './userns.ts';

/** The container's origin, name and labels. */
export interface IdentityRequest {
  name: string | null;
  /** Reference or id; null with `rootfs`. */
  image: string | null;
  /** Absolute path of an existing root filesystem instead of an image. */
  rootfs: string | null;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** The container's process, and its user. */
export interface ProcessRequest {
  command: string[];
  /** Null: the image's. An empty list clears it. */
  entrypoint: string[] | null;
  env: Record<string, string>;
  environment: EnvironmentRequest;
  workdir: string | null;
  /** Make that directory where the image has none, as docker does. */
  makeWorkdir: boolean;
  user: string | null;
  groupAdd: string[];
  init: boolean;
  /** Prepare the container for systemd: when its command is one, never, or in any case. */
  systemd: 'true' | 'false' | 'always';
  /** Value of personality(2), or null. */
  personality: number | null;
  /** Octal mode bits. */
  umask: number;
}

/** The container's standard streams, and who sees them. */
export interface StreamsRequest {
  interactive: boolean;
  tty: boolean;
  /** Streams that `run` and `start --attach` show; null: all. */
  attach: string[] | null;
  log: LogRequest;
}

/** How it ends, what happens then, and who is told of how it is. */
export interface LifecycleRequest {
  remove: boolean;
  /** The image, too, unless another container needs it. Records of earlier versions say nothing of it. */
  removeImage?: boolean;
  restart: RestartRequest;
  /** Signal number; null: the image's, else SIGTERM. */
  stopSignal: number | null;
  /** Seconds. */
  stopTimeout: number;
  /** Seconds; 0: none. */
  timeout: number;
  /** Absolute paths of files for process ids; null: none. */
  pidFile: string | null;
  monitorPidFile: string | null;
  health: HealthRequest;
  sdnotify: SdnotifyRequest;
  /** The program of another OCI runtime, which runs it; null: bryo itself. */
  runtime: string | null;
  /** How it was named, by a path or a name, and what is put before its verbs; absent: as in earlier versions. */
  runtimeCall?: { name: string; flags: readonly string[] };
}

/** A container's files and devices. */
export interface FilesystemRequest {
  readOnly: boolean;
  mounts: MountRequest[];
  /** Containers whose mounts are taken over when the container is made. */
  volumesFrom: VolumesFrom[];
  /** The treatment of the volumes that the image declares. */
  imageVolume: 'bind' | 'tmpfs' | 'ignore';
  devices: DeviceRequest[];
  secrets: SecretRequest[];
  files: FileOptions;
  /** Bytes of /dev/shm. */
  shmSize: number;
  /** Bytes of each tmpfs that is made for systemd; null: the kernel's default. */
  shmSizeSystemd: number | null;
}

/** A network with its ports, and the names known in it, as a pod has it, too. */
export interface SharedNetworkRequest {
  hostname: string | null;
  network: NetworkRequest;
  ports: PortRequest[];
  addHosts: { host: string; address: string }[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  noHosts: boolean;
  /** Destinations beyond the networks that may be reached (`egress.ts`), empty: none; absent: all. */
  egress?: string[];
}

/** A container's network. */
export interface ContainerNetworkRequest extends SharedNetworkRequest {
  /** NIS domain name; null: none. */
  domainname: string | null;
  /** Ports that are only told of, or published with --publish-all. */
  expose: PortRequest[];
  publishAll: boolean;
}

/** The container's rights. */
export interface RightsRequest {
  capAdd: string[];
  /** So many of `capAdd`, its first ones, are root's by containers.conf: another user gets none of them. Absent: 0. */
  capConfigured?: number;
  capDrop: string[];
  security: SecurityRequest;
}

/** A container's namespaces, but for that of the network. */
export interface NamespacesRequest {
  userns: UsernsRequest;
  pid: NamespaceRequest;
  ipc: NamespaceRequest;
  uts: NamespaceRequest;
  cgroupns: NamespaceRequest;
}

/** A container's control group and other limits. */
export interface LimitsRequest {
  cgroups: CgroupsRequest;
  /** A slice or a path; null: as the manager chooses. */
  cgroupParent: string | null;
  resources: ResourceLimits;
  /** -1000 to 1000; null: the caller's. */
  oomScoreAdj: number | null;
  ulimits: UlimitRequest[];
  sysctls: Record<string, string>;
}

/** The other things that have to be there. */
export interface DependenciesRequest {
  /** The pod it belongs to: its name, in a record its id. */
  pod: string | null;
  /** Run to its end by each start of the pod (`always`) or the next one (`once`); null: no. */
  initCtr: 'always' | 'once' | null;
  /** Containers that must run before it can: as named; in a record their ids. */
  requires: string[];
}

/** All that `run` and `create` can ask for, parsed and checked for form. */
export interface ContainerOptions
  extends IdentityRequest,
    ProcessRequest,
    StreamsRequest,
    LifecycleRequest,
    FilesystemRequest,
    ContainerNetworkRequest,
    RightsRequest,
    NamespacesRequest,
    LimitsRequest,
    DependenciesRequest {}

/** The request of a `run` or `create` without any flag. */
export function defaultContainerOptions(): ContainerOptions {
  return {
    name: null,
    image: null,
    rootfs: null,
    command: [],
    entrypoint: null,
    env: {},
    environment: noEnvironmentRequest(),
    workdir: null,
    makeWorkdir: false,
    user: null,
    groupAdd: [],
    hostname: null,
    domainname: null,
    interactive: false,
    tty: false,
    remove: false,
    restart: { policy: 'no', max: 0 },
    init: false,
    systemd: 'true',
    shmSizeSystemd: null,
    attach: null,
    personality: null,
    readOnly: false,
    mounts: [],
    volumesFrom: [],
    imageVolume: 'bind',
    devices: [],
    secrets: [],
    network: { mode: 'default' },
    ports: [],
    expose: [],
    publishAll: false,
    addHosts: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    noHosts: false,
    files: defaultFileOptions(),
    capAdd: [],
    capDrop: [],
    security: { privileged: false, hardened: false, ...noSecurityChoices() },
    userns: { mode: 'host' },
    pid: 'private',
    ipc: 'shareable',
    uts: 'private',
    cgroupns: 'private',
    cgroups: 'enabled',
    cgroupParent: null,
    resources: noLimits(),
    pod: null,
    initCtr: null,
    requires: [],
    oomScoreAdj: null,
    ulimits: [],
    sysctls: {},
    labels: {},
    annotations: {},
    umask: 0o022,
    shmSize: 64 * 1024 * 1024,
    stopSignal: null,
    stopTimeout: 10,
    timeout: 0,
    log: defaultLog(),
    pidFile: null,
    monitorPidFile: null,
    health: noHealthRequest(),
    sdnotify: 'container',
    runtime: null,
  };
}
