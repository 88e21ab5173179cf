import type { Hash } from 'node:crypto';

/** A hash of node:crypto, which takes milliseconds to load: most commands hash nothing. */
export function makeHash(algorithm: string): Hash {
  return process.getBuiltinModule('node:crypto').createHash(algorithm);
}
