import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { type ConfigPlaces, ownDirectory, systemDirectories } from './places.ts';

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes(errnoCode(error) ?? '')) return null;
    throw error;
  }
}

const here = (): ConfigPlaces => ({
  env: process.env,
  home: process.env['HOME'] || homedir(),
  uid: process.geteuid?.() ?? 0,
});

/** The mounts that a file of them says (containers-mounts.conf(5)). */
function readMounts(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const pairs = lines
    .filter((line) => line.startsWith('/'))
    .map((line) => line.split(/:(.*)/s))
    .map(([source = '', target]) => [source, target || source] as const);
  return pairs
    .filter(([source]) => existsSync(source))
    .map(([source, target]) => `${source}:${target}`);
}

/**
 * The mounts of every container, `HOST:CONTAINER`, as the first of the files mounts.conf says
 * (containers-mounts.conf(5)). What the host does not have is left away.
 * With `file` that one alone is read; one that is not there says nothing.
 */
export function defaultMounts(places: ConfigPlaces = here(), file: string | null = null): string[] {
  if (file !== null) return readMounts(readText(file) ?? '');
  const { shipped, local } = systemDirectories(places);
  const own = places.uid === 0 ? [] : [ownDirectory(places)];
  for (const directory of [...own, local, shipped]) {
    const text = readText(join(directory, 'mounts.conf'));
    if (text === null) continue;
    return readMounts(text);
  }
  return [];
}
