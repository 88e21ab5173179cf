import { BryoError } from '../../base/errors.ts';
import { findImage, type ResolvedImage } from '../../image/resolve.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { Store } from '../../store/paths.ts';

/**
 * Finds the images that a container mounts (`--mount type=image`), and says in its options which they
 * are. Errors: `no-such-image`.
 */
export function findImageMounts(
  store: Store,
  options: ContainerOptions,
): { options: ContainerOptions; images: ResolvedImage[] } {
  const images: ResolvedImage[] = [];
  if (!options.mounts.some(({ kind }) => kind === 'image')) return { options, images };
  const mounts = options.mounts.map((mount) => {
    if (mount.kind !== 'image') return mount;
    const image = findImage(store, mount.image);
    if (image === null) {
      throw new BryoError('no-such-image', `${mount.origin}: ${mount.image}: image not known`, {
        hint: `bryo pull ${mount.image}`,
      });
    }
    images.push(image);
    return { ...mount, found: { imageId: image.id, layers: image.config.diffIds } };
  });
  return { options: { ...options, mounts }, images };
}
