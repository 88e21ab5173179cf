import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import type { ConfigPlaces } from './places.ts';
import { readTomlFile, type TomlTable } from './toml-file.ts';

/** The places and the driver of storage.conf; null: it says nothing of them. */
export interface StorageConf {
  /** Null: there is none. */
  file: string | null;
  root: string | null;
  runroot: string | null;
  driver: string | null;
  mountProgram: string | null;
  /** podman's stores, from which images are taken that the own store does not have. */
  imageStores: readonly string[];
}

/** A file to read, and whether it may move the caller's own store. */
export interface StorageConfFile {
  path: string;
  isOwn: boolean;
}

/** Where podman keeps things that no file gives another place; here they have places of their own. */
const usualPlaces = [
  '/var/lib/containers/storage',
  '/run/containers/storage',
  '/var/run/containers/storage',
];

/** A table of the file, read field by field. */
class Fields {
  readonly #path: string;
  readonly #values: TomlTable;

  constructor(path: string, values: unknown) {
    this.#path = path;
    this.#values = typeof values === 'object' && values !== null ? (values as TomlTable) : {};
  }

  within(name: string): Fields {
    return new Fields(this.#path, this.#values[name]);
  }

  text(name: string): string | null {
    const value = this.#values[name] ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value === '' ? null : value;
  }

  texts(name: string): string[] {
    const value = this.#values[name] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.#wrong(name, 'a list of texts');
  }

  #wrong(name: string, kind: string): BryoError {
    const text = `${this.#path}: ${name} is not ${kind}`;
    return new BryoError('bad-storage-conf', text, { exitCode: 1 });
  }
}

/** `$HOME`, `$UID` and `$USER` in a path stand for the caller's. */
function expand(path: string | null, { env, home, uid }: ConfigPlaces): string | null {
  if (path === null) return null;
  const values: Record<string, string> = { HOME: home, UID: String(uid), USER: env['USER'] ?? '' };
  return path.replace(
    /\$\{?([A-Za-z_]+)\}?/g,
    (_, name: string) => values[name] ?? env[name] ?? '',
  );
}

/** bryo's files are not podman's: they have a directory of their own beside those. */
function besidePodman(path: string | null, home: string): string | null {
  const usual = [...usualPlaces, join(home, '.local', 'share', 'containers', 'storage')];
  return path === null || usual.includes(path) ? null : join(path, 'bryo');
}

/** podman's names of drivers that are here, too; others are for bryo to choose. */
function driverName(name: string | null, mountProgram: string | null): string | null {
  if (name === 'vfs') return name;
  return name !== null && /^overlay2?$/.test(name) && mountProgram !== null
    ? 'fuse-overlayfs'
    : null;
}

/**
 * Reads storage.conf. Throws BryoError `bad-storage-conf`, in one line that names the file, and the line
 * where it is no TOML.
 */
export function readStorageConf(
  { path, isOwn }: StorageConfFile,
  places: ConfigPlaces,
): StorageConf {
  const tables = readTomlFile(path, 'bad-storage-conf', 1);
  if (tables === null) {
    throw new BryoError('bad-storage-conf', `${path}: no such file (CONTAINERS_STORAGE_CONF)`, {
      exitCode: 1,
    });
  }
  const storage = new Fields(path, tables).within('storage');
  const options = storage.within('options');
  const mountProgram =
    options.within('overlay').text('mount_program') ?? options.text('mount_program');
  const rootless = places.uid === 0 ? null : storage.text('rootless_storage_path');
  const root = isOwn ? (storage.text('graphroot') ?? rootless) : rootless;
  const place = (words: string | null) => besidePodman(expand(words, places), places.home);
  return {
    file: path,
    root: place(root),
    runroot: place(isOwn ? storage.text('runroot') : null),
    driver: driverName(storage.text('driver'), mountProgram),
    mountProgram,
    imageStores: options.texts('additionalimagestores'),
  };
}
