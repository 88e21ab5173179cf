import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { parseUnitName, type UnitName } from './kinds.ts';
import type { Problem } from './problem.ts';
import type { SourceUnit } from './source.ts';
import { maxUnitSize, UnitFile } from './unit-file.ts';

export interface SearchCircumstances {
  uid: number;
  /** Absolute path of the home directory. */
  home: string;
  env: NodeJS.ProcessEnv;
}

function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') === true ? path : null;
}

/** The user's own directory of unit files, where `quadlet install` puts them. */
export function userUnitDirectory({ home, env }: SearchCircumstances): string {
  const config = absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config');
  return join(config, 'containers/systemd');
}

/** Where unit files are looked up, the most important first (podman-systemd.unit(5)). */
export function searchDirectories(circumstances: SearchCircumstances): string[] {
  const { uid, env } = circumstances;
  const override = env['QUADLET_UNIT_DIRS'];
  if (override !== undefined && override !== '') {
    return override.split(':').filter((path) => path.startsWith('/'));
  }
  const runtime = absolute(env['XDG_RUNTIME_DIR']);
  const shared = ['/etc/containers/systemd/users', '/usr/share/containers/systemd/users'];
  return [
    ...(runtime === null ? [] : [join(runtime, 'containers/systemd')]),
    userUnitDirectory(circumstances),
    ...shared.flatMap((directory) => [join(directory, String(uid)), directory]),
  ];
}

interface FoundFile {
  name: string;
  path: string;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}

const deepest = 16;

/** Files below a directory through links, but not into others' numbered directories. */
function filesBelow(directory: string, isUsers: boolean, depth = 0): FoundFile[] {
  if (depth > deepest) return [];
  return list(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      if (name.endsWith('.d') || (isUsers && /^\d+$/.test(name))) return [];
      return filesBelow(path, isUsers, depth + 1);
    }
    return stat?.isFile() === true && parseUnitName(name) !== null ? [{ name, path }] : [];
  });
}

/** The directories of drop-ins of a unit, the most general first (systemd.unit(5)). */
function dropInDirectories(name: UnitName): string[] {
  const { kind, prefix, instance } = name;
  const parts = prefix.split('-');
  const truncated = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('-')}-`);
  const names = [...truncated.map((stem) => `${stem}.${kind}`)];
  if (instance === null) names.push(`${prefix}.${kind}`);
  else {
    names.push(`${prefix}@.${kind}`);
    if (instance !== '') names.push(`${prefix}@${instance}.${kind}`);
  }
  return [`${kind}.d`, ...names.map((stem) => `${stem}.d`)];
}

/** Drop-ins by their file names: one in a more important place hides others of its name. */
function dropIns(name: UnitName, places: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const directory of dropInDirectories(name).reverse()) {
    for (const place of places) {
      for (const file of list(join(place, directory))) {
        if (file.endsWith('.conf') && !found.has(file))
          found.set(file, join(place, directory, file));
      }
    }
  }
  return [...found.keys()].sort().flatMap((file) => found.get(file) ?? []);
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > maxUnitSize) throw new Error(`larger than ${maxUnitSize} bytes`);
  return readFileSync(path, 'utf8');
}

/** Reads a unit file and its drop-ins, those beside it and those in the other places. */
export function readSourceUnit(path: string, places: readonly string[]): SourceUnit {
  const fileName = basename(path);
  const name = parseUnitName(fileName);
  if (name === null) throw new Error(`${path}: not a name of a unit file`);
  const unit = new UnitFile();
  const here = dirname(path);
  for (const file of [path, ...dropIns(name, [...new Set([...places, here])])]) {
    try {
      unit.add(readText(file), file);
    } catch (error) {
      const message = `cannot read it: ${errnoCode(error) ?? String(error)}`;
      unit.problems.push({ file, line: null, message, severity: 'error' } satisfies Problem);
    }
  }
  return { fileName, path, directory: dirname(realpathSync(path)), name, unit };
}

/** All unit files of the directories; of those with the same name the first counts. */
export function findUnits(directories: readonly string[]): SourceUnit[] {
  const found = new Map<string, string>();
  for (const directory of directories) {
    for (const { name, path } of filesBelow(directory, directory.endsWith('/users'))) {
      if (!found.has(name)) found.set(name, path);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => readSourceUnit(path, directories));
}

/** Whether there is anything to do; reads directories only. */
export function hasUnits(directories: readonly string[]): boolean {
  return directories.some(
    (directory) => filesBelow(directory, directory.endsWith('/users')).length > 0,
  );
}
