import { BryoError } from '../../base/errors.ts';
import { readIndex } from '../../image/layout.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { type Leases, openLeases } from '../../store/leases.ts';
import { type Store, storePaths } from '../../store/paths.ts';

/**
 * Leases on all that images need, unpacked or not, which nobody removes until they are closed.
 * Errors: `image-changed` when one was removed since it was found; it may be there again.
 */
export function holdImages(store: Store, images: readonly ResolvedImage[]): Pick<Leases, 'close'> {
  const blobs = openLeases(storePaths.blobLeases(store));
  const layers = openLeases(storePaths.layerLeases(store));
  const close = (): void => {
    blobs.close();
    layers.close();
  };
  try {
    for (const { manifestDigest, manifest, config } of images) {
      // A command that holds a lease alone is getting the blob, or taking it away, which the index tells.
      for (const { digest } of [manifest.config, ...manifest.layers]) blobs.share(digest);
      blobs.share(manifestDigest);
      for (const diffId of config.diffIds) layers.shareSoon(diffId);
    }
    // A command that takes an image away changes the index first, and leaves alone what has a lease by then.
    const known = new Set(readIndex(store).map(({ descriptor }) => descriptor.digest as string));
    const gone = images.find(({ entryDigest }) => !known.has(entryDigest));
    if (gone === undefined) return { close };
    const name = gone.names[0] ?? gone.id.slice(0, 12);
    throw new BryoError('image-changed', `the image ${name} was removed meanwhile`, {
      hint: 'try again',
    });
  } catch (error) {
    close();
    throw error;
  }
}
