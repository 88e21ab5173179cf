import { statSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { volumeSource } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
import { findVolume } from '../volumes/volumes.ts';
import { requireMounting } from './session.ts';

/**
 * Where the files of a volume are. They lie in a directory, so nothing is mounted, and nothing has to be
 * taken back. Throws BryoError `no-such-volume`, `mount-failed`, `not-unshared`.
 */
export function mountVolume(engine: Engine, name: string): string {
  requireMounting('volume mount');
  const volume = findVolume(engine.store, name);
  const source = volumeSource(volume);
  if (source.kind === 'tmpfs') {
    throw new BryoError(
      'mount-failed',
      `cannot mount volume ${volume.name}: it is a tmpfs, of which each container has its own`,
    );
  }
  if (source.kind === 'directory') return volume.mountpoint;
  if (statSync(source.device, { throwIfNoEntry: false })?.isDirectory()) return source.device;
  throw new BryoError(
    'mount-failed',
    `cannot mount volume ${volume.name}: its device ${source.device} is no directory`,
  );
}

/** The name of a volume that is not used any more by whoever has mounted it. */
export function unmountVolume(engine: Engine, name: string): string {
  requireMounting('volume unmount');
  return findVolume(engine.store, name).name;
}
