import type { DeviceRequest } from './devices.ts';
import type { ResourceLimits, UlimitRequest } from './limits.ts';
import type { MountRequest } from './mounts/types.ts';
import type { NamespaceRequest } from './namespaces.ts';
import type { NetworkRequest } from './network.ts';
import type { SecurityRequest } from './security.ts';
import type { UsernsRequest } from './userns.ts';

/** `--build-context NAME=…`: files that the build may take beside its context. */
export type NamedContext =
  /** Absolute path. */
  | { kind: 'directory'; path: string; ignore: string[]; ignoreFile: string | null }
  /** Reference or id, with a transport where one was given (`docker://…`, `oci-layout:…`). */
  | { kind: 'image'; image: string };

/** The things that a build reads. */
export interface BuildSourceRequest {
  /** Absolute path of the context's directory; null: there is none, and COPY finds nothing. */
  context: string | null;
  /** Lines of the ignore file, in order, read by `readIgnoreRules`; empty: nothing is left out. */
  ignore: string[];
  /** Where these lines stand, for errors; null: nowhere. */
  ignoreFile: string | null;
  contexts: Record<string, NamedContext>;
  pull: 'missing' | 'always' | 'never' | 'newer';
  /** The stage that is wanted, by name or number; null: the last. */
  target: string | null;
  /** `--build-arg`, also out of files and the environment. */
  buildArgs: Record<string, string>;
  /** `--from`: takes the place of the first FROM's image. */
  from: string | null;
}

/** Where the result goes besides the store. */
export type BuildOutput =
  /** A directory, or a tar archive in a file (null: standard output), of the files alone. */
  | { type: 'local'; path: string }
  | { type: 'tar'; path: string | null }
  /** An archive of the image. */
  | { type: 'oci' | 'docker'; path: string | null };

/** Words of the image about itself, beside those of the instructions. */
export interface BuildMetadataRequest {
  format: 'oci' | 'docker';
  /** `--label`, `--annotation`, `--env`: in order, `key` and `value`. */
  labels: { key: string; value: string }[];
  annotations: { key: string; value: string }[];
  env: { key: string; value: string }[];
  unsetEnv: string[];
  unsetLabels: string[];
  omitHistory: boolean;
  /** A label tells which builder made it. */
  identityLabel: boolean;
  osVersion: string | null;
  osFeatures: string[];
  /** Files that RUN writes into a VOLUME's directory are thrown away, as docker once did. */
  compatVolumes: boolean;
}

/** Times of an image; all in seconds since 1970. */
export interface BuildTimesRequest {
  /** `--timestamp`: of the image, its history and all files of new layers. */
  timestamp: number | null;
  /** `--source-date-epoch`: of the image and its history. */
  sourceDateEpoch: number | null;
  /** Files of new layers get at most that time. */
  rewriteTimestamp: boolean;
}

/** The destinations and the form of the result. */
export interface BuildResultRequest {
  /** As written, at least one may be missing a registry or a tag. */
  tags: string[];
  /** One layer per instruction that writes; false: one for all of a stage. */
  layers: boolean;
  squash: 'none' | 'new' | 'all';
  outputs: BuildOutput[];
  /** The image goes to the registries of its names. */
  push: boolean;
  /** Absolute path of the file that gets the id; null: none. */
  iidFile: string | null;
  metadata: BuildMetadataRequest;
  times: BuildTimesRequest;
  /** Absolute path of the file for `--metadata-file`; null: none. */
  metadataFile: string | null;
}

/** A place from which or to which the cache is exchanged. */
export type CacheLocation =
  | { type: 'registry'; reference: string }
  /** Absolute path of a directory. */
  | { type: 'local'; path: string };

/** A place that gets results: those of the image's own layers (min), or of all stages (max). */
export type CacheTarget = CacheLocation & { mode: 'min' | 'max' };

/** Choices of what may be taken from earlier builds. */
export interface BuildCacheRequest {
  noCache: boolean;
  /** Stages by name that are built anew. */
  noCacheFilter: string[];
  cacheFrom: CacheLocation[];
  cacheTo: CacheTarget[];
  /** Seconds after which a cached result is too old; null: never. */
  ttl: number | null;
  /** Stages and platforms at a time; 0: two for each processor. */
  jobs: number;
  /** A container whose RUN failed stays, under a name that is told. */
  keepFailed: boolean;
  /** Stages that the target does not need are not built. */
  skipUnusedStages: boolean;
}

/** `--secret id=…,src=…|env=…`: what RUN --mount=type=secret shows. */
export type BuildSecret =
  /** Absolute path of a file. */
  { id: string; source: { kind: 'file'; path: string } | { kind: 'env'; name: string } };

/** `--ssh id[=socket|key…]`. Empty paths: the agent of SSH_AUTH_SOCK. */
export interface BuildSsh {
  id: string;
  paths: string[];
}

/** The network of RUN. */
export interface BuildNetworkRequest {
  network: NetworkRequest;
  addHosts: { host: string; address: string }[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  noHosts: boolean;
  noHostname: boolean;
  /** The caller's proxy variables are passed on, and not recorded. */
  httpProxy: boolean;
}

/** The rights and namespaces of RUN. */
export interface BuildRightsRequest {
  capAdd: string[];
  capDrop: string[];
  security: SecurityRequest;
  userns: UsernsRequest;
  pid: NamespaceRequest;
  ipc: NamespaceRequest;
  uts: NamespaceRequest;
  cgroupns: NamespaceRequest;
  groupAdd: string[];
}

/** How RUN runs its commands. */
export interface BuildRunRequest {
  network: BuildNetworkRequest;
  rights: BuildRightsRequest;
  resources: ResourceLimits;
  ulimits: UlimitRequest[];
  /** Bytes of /dev/shm. */
  shmSize: number;
  cgroupParent: string | null;
  volumes: MountRequest[];
  devices: DeviceRequest[];
  secrets: BuildSecret[];
  ssh: BuildSsh[];
  /** Commands read the caller's standard input. */
  stdin: boolean;
}

/** All that a build can ask for, parsed and checked for form. */
export interface BuildRequest {
  source: BuildSourceRequest;
  result: BuildResultRequest;
  cache: BuildCacheRequest;
  run: BuildRunRequest;
}
