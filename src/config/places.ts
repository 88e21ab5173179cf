import { accessSync, existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';

/** The user whose configuration is read, and where it is. */
export interface ConfigPlaces {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Root has no files of its own beside the machine's. */
  uid: number;
  /** Where /usr/share and /etc are; other places are for tests. */
  share?: string;
  etc?: string;
}

/** The directory of the caller's own files about containers. */
export function ownDirectory({ env, home }: Pick<ConfigPlaces, 'env' | 'home'>): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers');
}

/** The machine's directories: what is shipped, and what its administrator says. */
export function systemDirectories({ share = '/usr/share', etc = '/etc' }: ConfigPlaces): {
  shipped: string;
  local: string;
} {
  return { shipped: join(share, 'containers'), local: join(etc, 'containers') };
}

/** The files of a directory whose names end with `.conf`, in their order. */
export function dropIns(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoCode(error) ?? '')) return [];
    throw unreadable(directory, error);
  }
}

function unreadable(path: string, cause: unknown, why = ''): BryoError {
  const code = errnoCode(cause) ?? String(cause);
  const reason = code === 'ENOENT' ? 'no such file or directory' : code;
  return new BryoError('bad-containers-conf', `${path}: ${reason}${why}`, { cause, exitCode: 1 });
}

/** A file that has been named has to be there. */
function named(path: string, by: string): string {
  try {
    accessSync(path);
    return path;
  } catch (error) {
    throw unreadable(path, error, ` (${by})`);
  }
}

const absent = (path: string): string => `faccessat ${path}: no such file or directory`;

function noModule(word: string, why: string): BryoError {
  const text = `Failed to obtain the configuration: could not resolve module ${JSON.stringify(word)}: ${why}`;
  return new BryoError('no-such-module', text);
}

/** Where modules are looked up by their names, in this order. */
export function moduleDirectories(places: ConfigPlaces): string[] {
  const { shipped, local } = systemDirectories(places);
  const directories = [...(places.uid === 0 ? [] : [ownDirectory(places)]), local, shipped];
  return directories.map((path) => join(path, 'containers.conf.modules'));
}

/** A module by its path, or by its name in one of the directories of modules. */
function findModule(word: string, places: ConfigPlaces): string {
  if (isAbsolute(word)) {
    if (existsSync(word)) return word;
    throw noModule(word, absent(word));
  }
  const candidates = moduleDirectories(places).map((path) => join(path, word));
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  const failures = candidates.map(absent).join('; ');
  throw noModule(word, `${candidates.length} errors occurred: ${failures}`);
}

/**
 * The files of containers.conf(5) that there may be, in the order in which they are read: later ones
 * hold over earlier ones. Throws BryoError `bad-containers-conf` or `no-such-module` for one that was named
 * and is not there.
 */
export function configFiles(places: ConfigPlaces, modules: readonly string[]): string[] {
  const { CONTAINERS_CONF: only, CONTAINERS_CONF_OVERRIDE: last } = places.env;
  const { shipped, local } = systemDirectories(places);
  const own = ownDirectory(places);
  const usual = [local, own].flatMap((directory) => {
    const path = join(directory, 'containers.conf');
    return [path, ...dropIns(`${path}.d`)];
  });
  return [
    ...(only ? [named(only, 'CONTAINERS_CONF')] : [join(shipped, 'containers.conf'), ...usual]),
    ...modules.map((word) => findModule(word, places)),
    ...(last ? [named(last, 'CONTAINERS_CONF_OVERRIDE')] : []),
  ];
}
