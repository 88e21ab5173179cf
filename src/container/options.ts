import type { IdMapping } from '../base/id-map.ts';
import { noLimits, type ResourceLimits } from '../cgroup/limits.ts';
import { type EnvironmentRequest, noEnvironmentRequest } from './environment.ts';
import { defaultFileOptions, type FileOptions } from './file-options.ts';
import { type HealthRequest, noHealthRequest } from './health.ts';

/** A mount asked for with --volume, --mount or --tmpfs. Targets are absolute container paths. */
export type MountRequest =
  | {
      kind: 'bind';
      /** Absolute host path. */
      source: string;
      target: string;
      readOnly: boolean;
      /** Further options as given, e.g. `rslave`, `noexec`, `z`. */
      options: string[];
      /** How the user wrote it, for error messages. */
      origin: string;
    }
  | {
      kind: 'volume';
      /** Volume name, or null for an anonymous one. */
      name: string | null;
      target: string;
      readOnly: boolean;
      options: string[];
      /** Of the volume only what lies at this path in it. */
      subpath?: string;
      origin: string;
    }
  | {
      kind: 'image';
      /** As named. */
      image: string;
      target: string;
      /** Else what is written goes with the container's process. */
      readOnly: boolean;
      options: string[];
      subpath?: string;
      origin: string;
      /** Found when the container is made. */
      found?: { imageId: string; layers: string[] };
    }
  | { kind: 'tmpfs'; target: string; options: string[]; origin: string };

export interface DeviceRequest {
  source: string;
  target: string;
  permissions: string;
}

/** `--network`, parsed. `options` are the words after the colon, as given. */
export type NetworkRequest =
  | { mode: 'default' }
  | { mode: 'slirp4netns' | 'pasta'; options: string[] }
  | { mode: 'none' }
  | { mode: 'host' }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  | { mode: 'named'; name: string };

/** `--userns`, parsed (podman-run(1)). */
export type UsernsRequest =
  | { mode: 'host' }
  | { mode: 'keep-id'; uid: number | null; gid: number | null }
  /** Keep-id with the ids of the user that the container runs as; they are found at its creation. */
  | { mode: 'match'; ids: { uid: number; gid: number } | null }
  | { mode: 'nomap' }
  /** With ids of which it is said what they are; the others are chosen. */
  | { mode: 'auto'; size: number | null; uids: IdMapping[]; gids: IdMapping[] }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  | { mode: 'custom'; uids: IdMapping[]; gids: IdMapping[] };

export interface UlimitRequest {
  /** As in setrlimit(2) without RLIMIT_, lower case: `nofile`. */
  name: string;
  /** -1: unlimited. */
  soft: number;
  hard: number;
}

export interface PortRequest {
  hostIp: string | null;
  /** Null: a free port is chosen. */
  hostPort: number | null;
  containerPort: number;
  /** Number of consecutive ports. */
  count: number;
  protocol: 'tcp' | 'udp';
}

/** `--security-opt`. */
export interface SecurityChoices {
  noNewPrivileges: boolean;
  /** Path of a seccomp profile, `unconfined`, or null for the default one. */
  seccomp: string | null;
  /** Paths to mask in addition, and default paths to unmask (`ALL` for all). */
  mask: string[];
  unmask: string[];
  /** Options of the mount of /proc (proc(5)). */
  procOptions: string[];
}

export function noSecurityChoices(): SecurityChoices {
  return { noNewPrivileges: false, seccomp: null, mask: [], unmask: [], procOptions: [] };
}

export interface SecurityRequest extends SecurityChoices {
  /** --privileged: nothing is kept from the container that the caller has. */
  privileged: boolean;
  /** --hardened: the strictest settings that most programs can live with. */
  hardened: boolean;
}

export interface LogRequest {
  driver: 'k8s-file' | 'json-file' | 'journald' | 'none' | 'passthrough' | 'passthrough-tty';
  /** Null: the container's own directory. */
  path: string | null;
  /** Bytes per file; 0: no limit. */
  maxSize: number;
  maxFiles: number;
  /** With `{{.Name}}` and its like, for the journal; null: none. */
  tag: string | null;
}

/** Whether the container's process has the caller's own streams, whatever they are. */
export function isPassthrough({ driver }: Pick<LogRequest, 'driver'>): boolean {
  return driver === 'passthrough' || driver === 'passthrough-tty';
}

/**
 * `--secret`: a file in /run/secrets or elsewhere, or an environment variable. `secret` is the name
 * or, before the container exists, what else the user called it.
 */
export type SecretRequest =
  | { kind: 'mount'; secret: string; target: string; uid: number; gid: number; mode: number }
  | { kind: 'env'; secret: string; target: string };

/**
 * Private to the container, the host's, that of another container (its name, in a record its id), or
 * one at a path. IPC is `shareable` when others may have its /dev/shm, too; with `none` there is no
 * /dev/shm.
 */
export type NamespaceRequest =
  | 'private'
  | 'host'
  | 'shareable'
  | 'none'
  | { container: string }
  | { path: string };

/**
 * `--cgroups`: a group for the container and its monitor, none, halves of the caller's own, or one
 * for the container alone.
 */
export type CgroupsRequest = 'enabled' | 'disabled' | 'split' | 'no-conmon';

/** `--restart`: when the monitor starts a container again that has ended by itself. */
export interface RestartRequest {
  policy: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** For on-failure; 0: no limit. */
  max: number;
}

/**
 * `--sdnotify`: who tells the service manager that the service is ready: the container's process,
 * the monitor once that runs, the monitor once it is healthy, or nobody.
 */
export type SdnotifyRequest = 'container' | 'conmon' | 'healthy' | 'ignore';

/** `--volumes-from`: a container as it was named. */
export interface VolumesFrom {
  container: string;
  readOnly: boolean;
}

/** All that `run` and `create` can ask for, parsed and checked for form. */
export interface ContainerOptions {
  name: string | null;
  /** Reference or id; null with `rootfs`. */
  image: string | null;
  /** Absolute path of an existing root filesystem instead of an image. */
  rootfs: string | null;
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
  hostname: string | null;
  /** NIS domain name; null: none. */
  domainname: string | null;
  interactive: boolean;
  tty: boolean;
  remove: boolean;
  restart: RestartRequest;
  init: boolean;
  /** Prepare the container for systemd: when its command is one, never, or in any case. */
  systemd: 'true' | 'false' | 'always';
  /** Bytes of each tmpfs that is made for systemd; null: the kernel's default. */
  shmSizeSystemd: number | null;
  /** Streams that `run` and `start --attach` show; null: all. */
  attach: string[] | null;
  /** Value of personality(2), or null. */
  personality: number | null;
  readOnly: boolean;
  mounts: MountRequest[];
  /** Containers whose mounts are taken over when the container is made. */
  volumesFrom: VolumesFrom[];
  /** What becomes of the volumes that the image declares. */
  imageVolume: 'bind' | 'tmpfs' | 'ignore';
  devices: DeviceRequest[];
  secrets: SecretRequest[];
  network: NetworkRequest;
  ports: PortRequest[];
  /** Ports that are only told of, or published with --publish-all. */
  expose: PortRequest[];
  publishAll: boolean;
  addHosts: { host: string; address: string }[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  noHosts: boolean;
  files: FileOptions;
  capAdd: string[];
  capDrop: string[];
  security: SecurityRequest;
  userns: UsernsRequest;
  pid: NamespaceRequest;
  ipc: NamespaceRequest;
  uts: NamespaceRequest;
  cgroupns: NamespaceRequest;
  cgroups: CgroupsRequest;
  /** A slice or a path; null: as the manager chooses. */
  cgroupParent: string | null;
  resources: ResourceLimits;
  /** The pod it belongs to: its name, in a record its id. */
  pod: string | null;
  /** Run to its end by each start of the pod (`always`) or the next one (`once`); null: no. */
  initCtr: 'always' | 'once' | null;
  /** Containers that must run before it can: as named; in a record their ids. */
  requires: string[];
  /** -1000 to 1000; null: the caller's. */
  oomScoreAdj: number | null;
  ulimits: UlimitRequest[];
  sysctls: Record<string, string>;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Octal mode bits. */
  umask: number;
  /** Bytes of /dev/shm. */
  shmSize: number;
  /** Signal number; null: the image's, else SIGTERM. */
  stopSignal: number | null;
  /** Seconds. */
  stopTimeout: number;
  /** Seconds; 0: none. */
  timeout: number;
  log: LogRequest;
  /** Absolute paths of files for process ids; null: none. */
  pidFile: string | null;
  monitorPidFile: string | null;
  health: HealthRequest;
  sdnotify: SdnotifyRequest;
}

/** What a `run` or `create` without any flag asks for. */
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
    log: { driver: 'k8s-file', path: null, maxSize: 10 * 1024 * 1024, maxFiles: 3, tag: null },
    pidFile: null,
    monitorPidFile: null,
    health: noHealthRequest(),
    sdnotify: 'container',
  };
}
