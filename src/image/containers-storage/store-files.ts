import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { arrayAt, objectAt, optional, stringAt, stringListAt } from '../json-shape.ts';
import { candidateNames } from '../resolve.ts';

/** A store of containers/storage, as podman and buildah keep one. */
export interface ForeignStore {
  root: string;
  driver: 'overlay' | 'vfs';
}

export interface ForeignImage {
  id: string;
  names: string[];
  /** The id of the topmost layer. */
  topLayer: string;
}

export interface ForeignLayer {
  id: string;
  parent: string | null;
  diffId: string;
}

export interface StoragePlaces {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  uid: number;
}

const sizeLimit = 256 * 1024 * 1024;

function readText(path: string): string | null {
  try {
    if (statSync(path).size > sizeLimit) {
      throw new BryoError('bad-storage', `${path} is too large`);
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errnoCode(cause) === 'ENOENT') return null;
    if (cause instanceof BryoError) throw cause;
    throw new BryoError('bad-storage', `cannot read ${path}: ${errnoCode(cause)}`, { cause });
  }
}

/** `[storage]` of a storage.conf; nothing when the file is not there. */
function readConf(path: string): Record<string, unknown> {
  const text = readText(path);
  if (text === null) return {};
  try {
    const storage = parse(text)['storage'];
    return typeof storage === 'object' && storage !== null ? { ...storage } : {};
  } catch (cause) {
    throw new BryoError('bad-storage', `${path} is not valid`, { cause });
  }
}

/** Where podman keeps the caller's images (containers-storage.conf(5)). */
export function defaultRoot({ env, home, uid }: StoragePlaces): string {
  const own = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'storage.conf');
  const named = env['CONTAINERS_STORAGE_CONF'];
  const mine = readConf(named || own)['graphroot'];
  const system = readConf('/etc/containers/storage.conf');
  if (uid === 0) {
    const root = mine ?? system['graphroot'];
    return typeof root === 'string' && root !== '' ? root : '/var/lib/containers/storage';
  }
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  const rootless = mine ?? system['rootless_storage_path'];
  if (typeof rootless !== 'string' || rootless === '') return join(data, 'containers', 'storage');
  return rootless
    .replaceAll('$HOME', home)
    .replaceAll('$UID', String(uid))
    .replaceAll('$USER', env['USER'] ?? '');
}

/** The store at a place; null `driver`: the one that is there. Errors: `no-storage`. */
export function openForeignStore(root: string, driver: string | null): ForeignStore {
  const known = ['overlay', 'vfs'] as const;
  const drivers = known.filter((name) => driver === null || name === driver);
  if (drivers.length === 0) {
    throw new BryoError('no-storage', `images of the storage driver ${driver} cannot be read`);
  }
  const found = drivers.find((name) => existsSync(join(root, `${name}-images`, 'images.json')));
  if (found !== undefined) return { root, driver: found };
  throw new BryoError('no-storage', `${root} holds no images of podman's (overlay or vfs)`);
}

function readList(path: string): readonly unknown[] {
  const text = readText(path);
  try {
    return arrayAt(JSON.parse(text ?? '[]'), path);
  } catch (cause) {
    throw new BryoError('bad-storage', `${path} is damaged`, { cause });
  }
}

/** An id of the store becomes a part of paths. */
function idAt(value: unknown, path: string): string {
  const id = stringAt(value, path);
  if (/^[0-9a-f]{64}$/.test(id)) return id;
  throw new BryoError('bad-storage', `${path} is no id`);
}

function listImages({ root, driver }: ForeignStore): ForeignImage[] {
  const path = join(root, `${driver}-images`, 'images.json');
  return readList(path).map((item, index) => {
    const at = `${path}[${index}]`;
    const image = objectAt(item, at);
    const top = optional(image['layer'], `${at}.layer`, stringAt);
    return {
      id: idAt(image['id'], `${at}.id`),
      names: optional(image['names'], `${at}.names`, stringListAt) ?? [],
      topLayer: top === null || top === '' ? '' : idAt(top, `${at}.layer`),
    };
  });
}

/** The image of a name or a beginning of its id. Errors: `no-such-image`. */
export function findForeignImage(store: ForeignStore, text: string): ForeignImage {
  const images = listImages(store);
  const id = /^@?([0-9a-f]{12,64})$/.exec(text)?.[1];
  const names = id?.length === 64 || text.startsWith('@') ? [] : candidateNames(text);
  const found =
    names.map((name) => images.find((image) => image.names.includes(name))).find((i) => i) ??
    images.find((image) => id !== undefined && image.id.startsWith(id));
  if (found !== undefined) return found;
  throw new BryoError('no-such-image', `${store.root} has no image ${text}`);
}

/** The layers of an image, lowest first. Errors: `bad-storage`. */
export function listForeignLayers(store: ForeignStore, image: ForeignImage): ForeignLayer[] {
  const path = join(store.root, `${store.driver}-layers`, 'layers.json');
  const known = new Map(
    readList(path).map((item, index) => {
      const at = `${path}[${index}]`;
      const layer = objectAt(item, at);
      const parent = optional(layer['parent'], `${at}.parent`, stringAt);
      const id = idAt(layer['id'], `${at}.id`);
      const diffId = optional(layer['diff-digest'], `${at}.diff-digest`, stringAt) ?? '';
      return [id, { id, parent: parent ? idAt(parent, `${at}.parent`) : null, diffId }] as const;
    }),
  );
  const layers: ForeignLayer[] = [];
  for (let id: string | null = image.topLayer || null; id !== null; ) {
    const layer: ForeignLayer | undefined = known.get(id);
    if (layer === undefined || layers.length > known.size) {
      throw new BryoError('bad-storage', `${path} lacks the layer ${id}`);
    }
    layers.unshift(layer);
    id = layer.parent;
  }
  return layers;
}

/** Reads a document that is kept with an image: `manifest`, or the config by its digest. */
export function readBigData(store: ForeignStore, image: ForeignImage, key: string): Uint8Array {
  const plain = /^[0-9a-z.]+$/.test(key);
  const name = plain ? key : `=${Buffer.from(key).toString('base64')}`;
  const path = join(store.root, `${store.driver}-images`, image.id, name);
  const text = readText(path);
  if (text !== null) return readFileSync(path);
  throw new BryoError('bad-storage', `${path} is missing`);
}

/** The directory with a layer's files. */
export function layerFiles({ root, driver }: ForeignStore, { id }: ForeignLayer): string {
  return driver === 'vfs' ? join(root, 'vfs', 'dir', id) : join(root, 'overlay', id, 'diff');
}

/** The remains of a layer's archive beside its files. */
export function tarSplitPath({ root, driver }: ForeignStore, { id }: ForeignLayer): string {
  return join(root, `${driver}-layers`, `${id}.tar-split.gz`);
}
