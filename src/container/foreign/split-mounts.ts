import { BryoError } from '../../base/errors.ts';
import type { OciMount } from '../../plan/spec.ts';

/** Places that a runtime fills itself: what lies in them can only be mounted after it has. */
function isRuntimes({ destination }: OciMount): boolean {
  return /^\/(dev|proc|sys)(\/|$)/.test(destination);
}

/** Words of our own for what a runtime does not know. */
const ownWords = new Set(['copyup', 'tmpcopyup']);

function withoutExtensions(mount: OciMount): OciMount {
  const { destination, type, source, options, overlay, subpath, symlink, owner } = mount;
  if (
    overlay !== undefined ||
    subpath !== undefined ||
    symlink !== undefined ||
    owner !== undefined
  ) {
    throw new BryoError(
      'unsupported',
      `${destination}: another OCI runtime cannot mount it so there`,
    );
  }
  return { destination, type, source, options: options.filter((word) => !ownWords.has(word)) };
}

/**
 * The mounts of a container that another runtime runs: those that are made before it is called, below the root
 * filesystem that it gets, and those that are its own.
 */
export function splitMounts(mounts: readonly OciMount[]): {
  before: OciMount[];
  runtimes: OciMount[];
} {
  return {
    before: mounts.filter((mount) => !isRuntimes(mount)),
    runtimes: mounts.filter(isRuntimes).map(withoutExtensions),
  };
}
