import { closeSync, existsSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { randomHex } from '../../base/random.ts';
import { filesOf } from '../../kube/files.ts';
import type { ReadyVolume } from '../../kube/mounts.ts';
import type { ClaimObject, ConfigMapObject } from '../../kube/objects.ts';
import type { HostPathType, ProjectedKeys, VolumeSpec } from '../../kube/volume-specs.ts';
import type { Engine } from '../engine.ts';
import { importVolume } from '../volumes/archive.ts';
import { createVolume } from '../volumes/create.ts';
import { removeVolume } from '../volumes/volumes.ts';
import type { PlayRequest } from './request.ts';
import { keptSecret } from './secrets.ts';
import { writeFiles } from './write-files.ts';

/** Checks of what is there, by the type of a hostPath. */
const checks: Readonly<Record<HostPathType, ((stats: Stats) => boolean) | null>> = {
  Directory: (stats) => stats.isDirectory(),
  DirectoryOrCreate: (stats) => stats.isDirectory(),
  File: (stats) => stats.isFile(),
  FileOrCreate: (stats) => stats.isFile(),
  Socket: (stats) => stats.isSocket(),
  CharDevice: (stats) => stats.isCharacterDevice(),
  BlockDevice: (stats) => stats.isBlockDevice(),
};

function makePath(path: string, type: HostPathType): void {
  if (type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true, mode: 0o755 });
  if (type !== 'FileOrCreate' || existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  closeSync(openSync(path, 'a', 0o644));
}

/** A path of the host, made if its type says so. Throws BryoError `bad-kube`. */
function hostPath(
  { field }: VolumeSpec,
  source: { path: string; type: HostPathType | null },
): ReadyVolume {
  const place = field.get('hostPath').get('path');
  const path = posix.normalize(source.path);
  const { type } = source;
  try {
    if (type !== null) makePath(path, type);
    const stats = statSync(path);
    if (type !== null && checks[type]?.(stats) === false) {
      throw place.problem(`${path} is no ${type.replace('OrCreate', '')}`);
    }
  } catch (error) {
    const reason = errnoText(errnoCode(error));
    throw reason === undefined ? error : place.problem(`${path}: ${reason}`);
  }
  const isDevice = type === 'CharDevice' || type === 'BlockDevice';
  return isDevice ? { kind: 'device', path } : { kind: 'bind', path };
}

/** Where a pod's volumes come from. */
export interface VolumeSurroundings {
  configMaps: ReadonlyMap<string, ConfigMapObject>;
  /** Has an image in the store; gives its name. */
  obtainImage(spec: VolumeSpec): Promise<string>;
}

/** The data of a ConfigMap or Secret; null: there is none of that name. */
function dataOf(
  engine: Engine,
  kind: 'configMap' | 'secret',
  name: string,
  { configMaps }: VolumeSurroundings,
): Readonly<Record<string, Uint8Array>> | null {
  if (kind === 'secret') return keptSecret(engine, name)?.data ?? null;
  const map = configMaps.get(name);
  if (map === undefined) return null;
  const texts = Object.entries(map.data).map(([key, text]) => [key, Buffer.from(text)] as const);
  return { ...Object.fromEntries(texts), ...map.binaryData };
}

/** A volume of the ConfigMap's or Secret's name with its keys as files. */
async function projected(
  engine: Engine,
  { field }: VolumeSpec,
  { kind, keys }: { kind: 'configMap' | 'secret'; keys: ProjectedKeys },
  around: VolumeSurroundings,
): Promise<ReadyVolume> {
  const place = field.get(kind);
  const { name } = keys;
  const data = dataOf(engine, kind, name, around);
  if (data === null) {
    if (keys.optional) return { kind: 'absent' };
    const what = kind === 'configMap' ? 'ConfigMap' : 'secret';
    throw place.problem(`no such ${what} ${JSON.stringify(name)}`);
  }
  const files = filesOf(keys, data, place);
  await createVolume(engine, { name, driver: 'local', labels: {}, options: {}, ignore: true });
  await writeFiles(engine, name, files, keys.mode);
  return { kind: 'volume', name };
}

/** The volumes of a pod, ready to be mounted, and those that are to be made with it and to go with it. */
export interface ReadyVolumes {
  byName: Map<string, ReadyVolume>;
  held: string[];
}

/** Makes what the volumes of a pod need. Throws BryoError `bad-kube`, … */
export async function readyVolumes(
  engine: Engine,
  specs: readonly VolumeSpec[],
  around: VolumeSurroundings,
): Promise<ReadyVolumes> {
  const byName = new Map<string, ReadyVolume>();
  const held: string[] = [];
  for (const spec of specs) {
    const { name, source } = spec;
    switch (source.kind) {
      case 'hostPath':
        byName.set(name, hostPath(spec, source));
        break;
      case 'claim':
        byName.set(name, { kind: 'volume', name: source.name });
        break;
      case 'emptyDir': {
        if (source.memory) {
          byName.set(name, { kind: 'memory', size: source.size });
          break;
        }
        const volume = randomHex(32);
        held.push(volume);
        byName.set(name, { kind: 'volume', name: volume });
        break;
      }
      case 'image':
        byName.set(name, { kind: 'image', name: await around.obtainImage(spec) });
        break;
      default:
        byName.set(name, await projected(engine, spec, source, around));
    }
  }
  return { byName, held };
}

const prefix = 'volume.podman.io';

/** `type`, `device` and `o` of a volume, by the annotations of its claim (podman-kube-play(1)). */
function volumeOptions({ metadata, field }: ClaimObject): Record<string, string> {
  const said = (name: string): string | null => metadata.annotations[`${prefix}/${name}`] || null;
  const ids = (['uid', 'gid'] as const).flatMap((name) => {
    const id = said(name);
    if (id === null) return [];
    if (/^\d+$/.test(id)) return [`${name}=${id}`];
    const annotations = field.get('metadata').get('annotations');
    throw annotations.problem(`cannot convert ${name} ${id} to integer (${prefix}/${name})`);
  });
  const words = [said('mount-options'), ...ids].filter((word) => word !== null);
  const options = {
    device: said('device'),
    type: said('type'),
    image: said('image'),
    o: words.length === 0 ? null : words.join(','),
  };
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

async function fill(engine: Engine, name: string, path: string): Promise<void> {
  let input: number;
  try {
    input = openSync(path, 'r');
  } catch (cause) {
    const why = errnoText(errnoCode(cause)) ?? 'it cannot be opened';
    throw new BryoError('no-such-file', `open ${path}: ${why}`, { cause });
  }
  try {
    await importVolume(engine, name, input);
  } finally {
    closeSync(input);
  }
}

/** Makes the volume of a claim unless it is there; gives its name. Throws BryoError. */
export async function playClaim(
  engine: Engine,
  claim: ClaimObject,
  { readsFiles }: Pick<PlayRequest, 'readsFiles'>,
): Promise<string> {
  const { name, labels, annotations } = claim.metadata;
  const driver = annotations[`${prefix}/driver`] || 'local';
  if (driver !== 'local' && driver !== 'image') {
    throw claim.field
      .get('metadata')
      .get('annotations')
      .problem(`volume driver ${driver} is not supported: local and image are`);
  }
  const source = annotations[`${prefix}/import-source`];
  if (source && !readsFiles) {
    throw new BryoError('unsupported', 'importing volumes is not supported for remote requests');
  }
  const options = volumeOptions(claim);
  await createVolume(engine, { name, driver, labels, options, ignore: true });
  if (!source) return name;
  try {
    await fill(engine, name, source);
  } catch (error) {
    await removeVolume(engine, name, { force: false, timeout: null });
    throw error;
  }
  return name;
}
