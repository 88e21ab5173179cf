import { BryoError } from '../../base/errors.ts';
import { parseReference } from '../../image/reference.ts';
import { parseTransport } from '../../image/transport.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { policyLabel, readPolicy } from '../system/auto-update/policy.ts';

/**
 * A container that asks for newer images of a registry needs to say which one that is. Throws
 * BryoError `short-name` for an image whose name does not.
 */
export function checkUpdatable({
  image,
  labels,
}: Pick<ContainerOptions, 'image' | 'labels'>): void {
  if (image === null || readPolicy(labels[policyLabel] ?? '') !== 'registry') return;
  const place = parseTransport(image);
  if (place !== null && place.transport !== 'docker') {
    throw new BryoError(
      'short-name',
      `auto updates require the docker image transport but image is of transport ${JSON.stringify(place.transport)}`,
    );
  }
  if (!parseReference(place?.name ?? image).short) return;
  throw new BryoError(
    'short-name',
    `short name: auto updates require fully-qualified image reference: ${JSON.stringify(image)}`,
  );
}
