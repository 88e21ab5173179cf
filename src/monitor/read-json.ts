import { readFileSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';

/** A record that a monitor writes; null when there is none, or it is damaged. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}
