import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord, RecordVolume } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import type { RunDefaults } from '../../image/config.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { type MountRequest, plainBind, plainTmpfs } from '../../request/mounts/types.ts';
import type { Store } from '../../store/paths.ts';
import { ensureVolume, shareVolume } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';

/** Mounts of another container: its host directories, and its volumes by their names. */
function mountsOf(record: ContainerRecord, readOnly: boolean, origin: string): MountRequest[] {
  const { mounts } = record.options;
  const binds = mounts.flatMap((mount): MountRequest[] =>
    mount.kind === 'bind' ? [{ ...mount, readOnly: readOnly || mount.readOnly, origin }] : [],
  );
  const volumes = record.volumes.map(({ name, target }): MountRequest => {
    const own = mounts.find((mount) => mount.kind === 'volume' && mount.target === target);
    const plain = { kind: 'volume', target, readOnly: false, how: plainBind() } as const;
    const asked = own?.kind === 'volume' ? own : plain;
    return { ...asked, name, readOnly: readOnly || asked.readOnly, origin };
  });
  return [...binds, ...volumes];
}

/**
 * Adds the mounts of --volumes-from, but for places that own mounts take. Throws BryoError
 * `no-such-container`.
 */
export function withVolumesFrom<T extends Pick<ContainerOptions, 'mounts' | 'volumesFrom'>>(
  store: Store,
  options: T,
): T {
  const mounts = [...options.mounts];
  for (const { container, readOnly } of options.volumesFrom) {
    const origin = `--volumes-from ${container}`;
    let record: ContainerRecord;
    try {
      record = findRecord(store, container);
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      throw new BryoError(error.code, `${origin}: ${error.message}`, { cause: error });
    }
    const taken = new Set(mounts.map(({ target }) => target));
    const theirs = mountsOf(record, readOnly, origin);
    mounts.push(...theirs.filter(({ target }) => !taken.has(target)));
  }
  return { ...options, mounts };
}

/** Makes the volumes among some mounts that there are not yet. The caller holds their lock. */
export function makeMountVolumes(engine: Engine, mounts: readonly MountRequest[]): RecordVolume[] {
  const { store } = engine;
  return mounts.flatMap((mount) => {
    if (mount.kind !== 'volume') return [];
    const anonymous = mount.name === null;
    const { name } = ensureVolume(store, engine.idMap(), { name: mount.name, anonymous });
    if (!anonymous) shareVolume(store, name);
    return [{ name, target: mount.target, anonymous }];
  });
}

/** The options with the volumes that an image declares (--image-volume). */
export function withImageVolumes(options: ContainerOptions, image: RunDefaults): ContainerOptions {
  if (options.imageVolume !== 'tmpfs') return options;
  const taken = new Set(options.mounts.map(({ target }) => target));
  const targets = image.volumes.filter((path) => path.startsWith('/') && !taken.has(path));
  const origin = '--image-volume tmpfs';
  const added = targets.map(
    (target): MountRequest => ({
      kind: 'tmpfs',
      target,
      readOnly: false,
      origin,
      how: plainTmpfs(),
    }),
  );
  return { ...options, mounts: [...options.mounts, ...added] };
}
