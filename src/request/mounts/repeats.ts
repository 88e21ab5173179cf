import { BryoError } from '../../base/errors.ts';
import type { MountRequest } from './types.ts';

/** Each mount once, however often it was asked for. */
export function withoutRepeats(mounts: readonly MountRequest[]): MountRequest[] {
  const known = new Set<string>();
  return mounts.filter(({ origin: _, ...mount }) => {
    const text = JSON.stringify(mount);
    // Each volume without a name is another one.
    if (mount.kind === 'volume' && mount.name === null) return true;
    if (known.has(text)) return false;
    known.add(text);
    return true;
  });
}

/** Two mounts at one place would hide each other. Throws BryoError `duplicate-mount`. */
export function checkDuplicates(mounts: readonly MountRequest[]): void {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    if (seen.has(target)) {
      throw new BryoError('duplicate-mount', `${target}: duplicate mount destination`);
    }
    seen.add(target);
  }
}
