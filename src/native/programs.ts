import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** Ordinary users' PATH often lacks the sbin directories. */
const systemDirectories = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Whether a path is a program that the caller may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The absolute path of a program of the host: in these directories, in PATH, else in the usual places;
 * null: none.
 */
export function findProgram(name: string, first: readonly string[] = []): string | null {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => part.startsWith('/'));
  for (const directory of [...first, ...path, ...systemDirectories]) {
    const candidate = join(directory, name);
    if (isProgram(candidate)) return candidate;
  }
  return null;
}
