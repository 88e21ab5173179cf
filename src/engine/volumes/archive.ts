import { BryoError } from '../../base/errors.ts';
import { receiveIntoStore, sendFromStore } from '../../store/tree-copy.ts';
import { lockVolumes } from '../../volume/volume.ts';
import { readVolumeOptions } from '../../volume/volume-options.ts';
import type { Engine } from '../engine.ts';
import { findVolume, type VolumeView } from './volumes.ts';

/** The volume, if its files are where it is. Throws BryoError `no-such-volume`, `unsupported`. */
function filledVolume(engine: Engine, name: string): VolumeView {
  const volume = findVolume(engine.store, name);
  if (readVolumeOptions(volume.options ?? {}).kind === 'directory') return volume;
  throw new BryoError('unsupported', `volume ${volume.name} is mounted from elsewhere (--opt)`, {
    hint: 'its files are there',
  });
}

/** Writes what is in a volume to a descriptor, as a tar. */
export async function exportVolume(engine: Engine, name: string, output: number): Promise<void> {
  const lock = await lockVolumes(engine.store, 'shared');
  try {
    const { mountpoint } = filledVolume(engine, name);
    await sendFromStore(mountpoint, output, engine.idMap());
  } finally {
    lock.release();
  }
}

/** Puts the files of a descriptor's tar into a volume, beside and over those that are there. */
export async function importVolume(engine: Engine, name: string, input: number): Promise<void> {
  const lock = await lockVolumes(engine.store, 'shared');
  try {
    const { mountpoint } = filledVolume(engine, name);
    await receiveIntoStore(mountpoint, input, engine.idMap());
  } finally {
    lock.release();
  }
}
