import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { resolveImage } from '../../image/resolve.ts';
import { layerStack } from '../../store/layers.ts';
import { storePaths } from '../../store/paths.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { mergeLayers, removeTrees } from '../../store/worker.ts';
import {
  ensureVolume,
  prepareVolume,
  settleVolume,
  type VolumeDriver,
  type VolumeRequest,
} from '../../volume/volume.ts';
import { readVolumeOptions } from '../../volume/volume-options.ts';
import type { Engine } from '../engine.ts';
import { recordVolumeEvent } from '../events.ts';
import { ensureLayers } from '../images/layers.ts';

export { volumeDrivers } from '../../volume/volume.ts';

export interface VolumeCreation {
  name: string | null;
  driver: VolumeDriver;
  labels: Record<string, string>;
  /** `type`, `device` and `o`; of the driver `image` that image's name. */
  options: Record<string, string>;
  ignore: boolean;
  /** Removed with a container that is removed with its volumes; absent: stays until somebody removes it. */
  anonymous?: boolean;
}

/** Refuses a directory that is not there, as podman does when the volume is made. */
function checkDevice(options: Readonly<Record<string, string>>): void {
  const source = readVolumeOptions(options);
  if (source.kind !== 'bind' || existsSync(source.device)) return;
  throw new BryoError(
    'bad-volume-option',
    `invalid volume option device for driver 'local': faccessat ${source.device}: no such file or directory`,
  );
}

/** The name of the image that a volume of the driver `image` is made of. */
function imageOption(options: Readonly<Record<string, string>>): string {
  const other = Object.keys(options).find((key) => key !== 'image');
  if (other !== undefined) {
    throw new BryoError('bad-volume-option', `invalid mount option ${other} for driver 'image'`);
  }
  const { image = '' } = options;
  if (image !== '') return image;
  throw new BryoError(
    'bad-volume-option',
    'must provide an image name when creating a volume with the image driver',
    { hint: '--opt image=NAME' },
  );
}

/** Makes a volume that begins with the files of an image, and is written to without changing that. */
async function createOfImage(
  engine: Engine,
  request: VolumeRequest,
): Promise<{ name: string; made: boolean }> {
  const { store } = engine;
  const wanted = imageOption(request.options ?? {});
  const { name } = request;
  if (name !== null && existsSync(storePaths.volume(store, name))) return { name, made: false };
  const idMap = engine.idMap();
  const image = resolveImage(store, wanted);
  await ensureLayers(engine, image);
  const prepared = prepareVolume(store, idMap, request);
  try {
    const layers = layerStack(store, idMap, image.config.diffIds);
    await mergeLayers([...layers].reverse(), join(prepared.path, '_data'), idMap);
  } catch (error) {
    await removeTrees([prepared.path], idMap);
    throw error;
  }
  return { name: prepared.info.name, made: settleVolume(store, prepared) };
}

/** Makes a volume. Errors: `volume-exists`, unless an existing one will do; `bad-volume-option`, `no-such-image`. */
export async function createVolume(engine: Engine, creation: VolumeCreation): Promise<string> {
  const { store } = engine;
  const { ignore, ...asked } = creation;
  const request = { ...asked, anonymous: asked.anonymous ?? false };
  if (request.driver === 'local') checkDevice(request.options);
  makeStore(store);
  const { name, made } =
    request.driver === 'image'
      ? await createOfImage(engine, request)
      : ensureVolume(store, engine.idMap(), request);
  if (made) recordVolumeEvent(engine, 'create', name);
  else if (!ignore) throw new BryoError('volume-exists', `volume ${name} already exists`);
  return name;
}
