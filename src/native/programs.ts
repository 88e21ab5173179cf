import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** Ordinary users' PATH often lacks the sbin directories. */
const systemDirectories = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/**
 * The absolute path of a program of the host: in these directories, in PATH, else in the usual places;
 * null: none.
 */
export function findProgram(name: string, first: readonly string[] = []): string | null {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => part.startsWith('/'));
  for (const directory of [...first, ...path, ...systemDirectories]) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not here: the next directory.
    }
  }
  return null;
}
