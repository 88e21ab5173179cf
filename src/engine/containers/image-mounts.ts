import { BryoError } from '../../base/errors.ts';
import { findImage } from '../../image/resolve.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { Store } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { ensureLayers } from '../images/layers.ts';

/** Finds the images that a container mounts (`--mount type=image`). Errors: `no-such-image`. */
export function findImageMounts(store: Store, options: ContainerOptions): ContainerOptions {
  if (!options.mounts.some(({ kind }) => kind === 'image')) return options;
  const mounts = options.mounts.map((mount) => {
    if (mount.kind !== 'image') return mount;
    const image = findImage(store, mount.image);
    if (image === null) {
      throw new BryoError('no-such-image', `${mount.origin}: ${mount.image}: image not known`, {
        hint: `bryo pull ${mount.image}`,
      });
    }
    return { ...mount, found: { imageId: image.id, layers: image.config.diffIds } };
  });
  return { ...options, mounts };
}

/** Diff ids of all layers of such images. */
export function mountedLayers({ mounts }: ContainerOptions): string[] {
  return mounts.flatMap((mount) => (mount.kind === 'image' ? (mount.found?.layers ?? []) : []));
}

/** Makes sure that these are unpacked. */
export async function ensureImageMounts(engine: Engine, { mounts }: ContainerOptions) {
  for (const mount of mounts) {
    if (mount.kind !== 'image' || mount.found === undefined) continue;
    const image = findImage(engine.store, mount.found.imageId);
    if (image !== null) await ensureLayers(engine, image);
  }
}
