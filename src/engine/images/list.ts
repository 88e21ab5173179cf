import { listRecords } from '../../container/records.ts';
import { listImages, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import type { Store } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { imageFilter } from './filters.ts';

/** An image with the number of containers that are made of it. */
export interface ListedImage {
  image: ResolvedImage;
  containers: number;
}

function usersOf(store: Store): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const { rootfs } of listRecords(store).records) {
    if (rootfs.kind === 'image') users.set(rootfs.imageId, (users.get(rootfs.imageId) ?? 0) + 1);
  }
  return users;
}

/** The images that fit the filters (`KEY=VALUE`). Throws BryoError `usage` for a filter that is unknown. */
export function listFiltered({ store }: Engine, filters: readonly string[]): ListedImage[] {
  const users = usersOf(store);
  const fits = imageFilter(filters, (name) => resolveImage(store, name));
  const images = listImages(store);
  const named = new Set(images.filter(({ names }) => names.length > 0).map(({ id }) => id));
  return (
    images
      // A further manifest of an image that has a name is no image of its own.
      .filter((image) => (image.names.length > 0 || !named.has(image.id)) && fits(image))
      .map((image) => ({ image, containers: users.get(image.id) ?? 0 }))
  );
}
