import { type Digest, isDigest } from './digest.ts';
import {
  amountAt,
  arrayAt,
  type JsonObject,
  keysAt,
  malformed,
  objectAt,
  optional,
  parseObject,
  stringAt,
  stringListAt,
  stringMapAt,
} from './json-shape.ts';

/** Docker's health check; times in nanoseconds, 0 or absent: inherit. */
export interface Healthcheck {
  test: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

export interface HistoryEntry {
  created: string | null;
  createdBy: string;
  author: string;
  comment: string;
  emptyLayer: boolean;
}

/** Defaults for containers of the image. */
export interface RunDefaults {
  env: string[];
  cmd: string[];
  entrypoint: string[];
  user: string;
  workingDir: string;
  volumes: string[];
  exposedPorts: string[];
  labels: Record<string, string>;
  stopSignal: string;
  healthcheck: Healthcheck | null;
  /** Commands that builds on this image run first (Docker). */
  onBuild: string[];
  shell: string[];
}

/** OCI image configuration, checked. */
export interface ImageConfig {
  architecture: string;
  os: string;
  variant: string | null;
  created: string | null;
  author: string;
  config: RunDefaults;
  /** Digests of the uncompressed layers, lowest first. */
  diffIds: Digest[];
  history: HistoryEntry[];
}

/** Nanoseconds: a hundred days. */
const durationLimit = Number.MAX_SAFE_INTEGER;
const retriesLimit = 2 ** 31 - 1;
const historyLimit = 4096;

function text(object: JsonObject, key: string, path: string): string {
  return optional(object[key], `${path}.${key}`, stringAt) ?? '';
}

function list(object: JsonObject, key: string, path: string): string[] {
  return optional(object[key], `${path}.${key}`, stringListAt) ?? [];
}

function set(object: JsonObject, key: string, path: string): string[] {
  return optional(object[key], `${path}.${key}`, keysAt) ?? [];
}

function readHealthcheck(value: unknown, path: string): Healthcheck {
  const check = objectAt(value, path);
  const count = (key: string, limit = durationLimit) =>
    optional(check[key], `${path}.${key}`, (item, at) => amountAt(item, at, limit)) ?? 0;
  return {
    test: list(check, 'Test', path),
    interval: count('Interval'),
    timeout: count('Timeout'),
    startPeriod: count('StartPeriod'),
    startInterval: count('StartInterval'),
    retries: count('Retries', retriesLimit),
  };
}

function readDefaults(value: unknown, path: string): RunDefaults {
  const config = value === undefined || value === null ? {} : objectAt(value, path);
  return {
    env: list(config, 'Env', path),
    cmd: list(config, 'Cmd', path),
    entrypoint: list(config, 'Entrypoint', path),
    user: text(config, 'User', path),
    workingDir: text(config, 'WorkingDir', path),
    volumes: set(config, 'Volumes', path),
    exposedPorts: set(config, 'ExposedPorts', path),
    labels: optional(config['Labels'], `${path}.Labels`, stringMapAt) ?? {},
    stopSignal: text(config, 'StopSignal', path),
    healthcheck: optional(config['Healthcheck'], `${path}.Healthcheck`, readHealthcheck),
    onBuild: list(config, 'OnBuild', path),
    shell: list(config, 'Shell', path),
  };
}

function readHistory(value: unknown, path: string): HistoryEntry[] {
  const entries = arrayAt(value, path);
  if (entries.length > historyLimit) throw malformed(path, 'has too many entries');
  return entries.map((item, index) => {
    const at = `${path}[${index}]`;
    const entry = objectAt(item, at);
    return {
      created: optional(entry['created'], `${at}.created`, stringAt),
      createdBy: text(entry, 'created_by', at),
      author: text(entry, 'author', at),
      comment: text(entry, 'comment', at),
      emptyLayer: entry['empty_layer'] === true,
    };
  });
}

function readDiffIds(document: JsonObject): Digest[] {
  const rootfs = objectAt(document['rootfs'], 'config.rootfs');
  if (rootfs['type'] !== 'layers') throw malformed('config.rootfs.type', 'is not "layers"');
  const path = 'config.rootfs.diff_ids';
  return (optional(rootfs['diff_ids'], path, arrayAt) ?? []).map((id, index) => {
    if (!isDigest(id)) throw malformed(`${path}[${index}]`, 'is not a valid digest');
    return id;
  });
}

/** Parses and checks an image configuration (OCI image-spec config.md). Errors: `bad-image`. */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const document = parseObject(bytes, 'config');
  return {
    architecture: text(document, 'architecture', 'config'),
    os: text(document, 'os', 'config'),
    variant: text(document, 'variant', 'config') || null,
    created: optional(document['created'], 'config.created', stringAt),
    author: text(document, 'author', 'config'),
    config: readDefaults(document['config'], 'config.config'),
    diffIds: readDiffIds(document),
    // Optional in the specification, and only for people to read.
    history: optional(document['history'], 'config.history', readHistory) ?? [],
  };
}

/** Each layer of the manifest needs its diff id in the configuration. Errors: `bad-image`. */
export function checkLayerCount(
  manifest: { layers: readonly unknown[] },
  config: Pick<ImageConfig, 'diffIds'>,
): void {
  const [layers, diffIds] = [manifest.layers.length, config.diffIds.length];
  if (layers !== diffIds) {
    throw malformed('config.rootfs.diff_ids', `has ${diffIds} entries for ${layers} layers`);
  }
}
