import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { findImage, type ResolvedImage } from '../../image/resolve.ts';
import type { ResourceLimits } from '../../request/limits.ts';
import type { Engine } from '../engine.ts';
import { createContainer } from './create.ts';
import { mergeLimits } from './update.ts';

export interface CloneRequest {
  container: string;
  /** Null: that of the container with `-clone` behind it, and a number when that is taken. */
  name: string | null;
  /** Another image than the container's, with the name it was asked for by; or null. */
  image: { name: string; image: ResolvedImage } | null;
  /** Limits that take the place of the container's. */
  limits: ResourceLimits;
  /** The words as they were typed, for `inspect`. */
  commandLine: readonly string[];
}

function isTaken(engine: Engine, name: string): boolean {
  try {
    return findRecord(engine.store, name).name === name;
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-such-container') return false;
    throw error;
  }
}

/** The name of a copy: with `-clone` behind it, and a number when that is taken. */
export function cloneName(name: string, taken: (name: string) => boolean): string {
  const base = `${name}-clone`;
  let candidate = base;
  for (let number = 1; taken(candidate); number += 1) candidate = `${base}${number}`;
  return candidate;
}

/** The image that a container was made of; null with `--rootfs`. */
export function imageOf(engine: Engine, { rootfs }: ContainerRecord): ResolvedImage | null {
  return rootfs.kind === 'image' ? findImage(engine.store, rootfs.imageId) : null;
}

/**
 * Creates a container with the options of another one; its files, anonymous volumes and state are
 * its own. Throws BryoError as createContainer does.
 */
export async function cloneContainer(
  engine: Engine,
  request: CloneRequest,
): Promise<ContainerRecord> {
  const original = findRecord(engine.store, request.container);
  const { options } = original;
  return createContainer(engine, {
    options: {
      ...options,
      name: request.name ?? cloneName(original.name, (name) => isTaken(engine, name)),
      image: request.image?.name ?? options.image,
      rootfs: request.image === null ? options.rootfs : null,
      resources: mergeLimits(options.resources, request.limits),
    },
    image: request.image?.image ?? imageOf(engine, original),
    oneShot: false,
    commandLine: request.commandLine,
  });
}
