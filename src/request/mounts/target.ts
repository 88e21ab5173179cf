import { posix } from 'node:path';
import { badValue } from '../values.ts';

/** The place of a mount in the container, without `.`, `..` and the like in it. */
export function readTarget(flag: string, text: string, target: string | undefined): string {
  if (target === undefined || target === '') throw badValue(flag, text, 'a target is needed');
  if (!target.startsWith('/')) {
    throw badValue(flag, text, `the target ${JSON.stringify(target)} is not an absolute path`);
  }
  if (target.includes('\0')) throw badValue(flag, text, 'a path cannot hold a NUL');
  const normal = posix.normalize(target).replace(/(.)\/$/, '$1');
  if (normal === '/') throw badValue(flag, text, 'the target cannot be /');
  return normal;
}
