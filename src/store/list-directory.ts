import { readdirSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';

/** The names in a directory; none when there is no such directory. */
export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}
