import { existsSync, mkdirSync } from 'node:fs';
import type { ContainerOptions } from '../../request/container.ts';

/** docker makes the directories that --volume names and that are not there; --mount it refuses. */
export function makeBindSources({ mounts }: ContainerOptions): void {
  const before = process.umask(0o022);
  try {
    for (const mount of mounts) {
      if (mount.kind !== 'bind' || mount.origin.startsWith('--mount')) continue;
      if (!existsSync(mount.source)) mkdirSync(mount.source, { recursive: true });
    }
  } finally {
    process.umask(before);
  }
}
