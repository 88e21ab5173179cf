import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ResolvedMount } from '../../../container/spec/user-mounts.ts';
import { restricted } from '../../../container/spec/user-mounts.ts';
import type { OverlayMount } from '../../../plan/spec.ts';
import { type OverlayChoice, plainBind } from '../../../request/mounts/types.ts';
import { containerFile, fileIn } from '../../../store/container-files.ts';
import { needsLegacyMount } from '../../../store/drivers/overlay.ts';
import { layerStack } from '../../../store/layers.ts';
import { makeContentDirectory, makeStoreDirectory } from '../../../store/store-dirs.ts';
import { removeTrees } from '../../../store/worker.ts';
import type { Engine } from '../../engine.ts';

/** The directory for what is written into overlays that go with the container's process. */
function overlaysDirectory(engine: Engine, { id }: ContainerRecord): string {
  return containerFile(engine.store, id, 'overlays');
}

function overlayOf(
  engine: Engine,
  record: ContainerRecord,
  given: { lowers: string[]; index: number; kept: OverlayChoice['kept'] },
): OverlayMount {
  const own = join(overlaysDirectory(engine, record), String(given.index));
  return {
    lowers: given.lowers,
    upper: given.kept?.upper ?? fileIn(own, 'upper'),
    work: given.kept?.work ?? fileIn(own, 'work'),
    legacyMount: needsLegacyMount(),
    staging: containerFile(engine.store, record.id, 'merged'),
  };
}

/** Makes overlays of those mounts that ask for it, and adds the images (`--mount type=image`). */
export function withOverlays(
  engine: Engine,
  record: ContainerRecord,
  mounts: readonly ResolvedMount[],
): ResolvedMount[] {
  const others = mounts.map((mount, index) => {
    if (mount.kind !== 'bind' || mount.how.overlay === null) return mount;
    const given = { lowers: [mount.source], index, kept: mount.how.overlay.kept };
    const how = { ...mount.how, copyUp: false };
    return { ...mount, how, overlay: overlayOf(engine, record, given) };
  });
  const images = record.options.mounts.flatMap((mount, index): ResolvedMount[] => {
    if (mount.kind !== 'image' || mount.found === undefined) return [];
    const { target, readOnly, subpath, found } = mount;
    const lowers = layerStack(engine.store, engine.idMap(), found.layers);
    const given = { lowers, index: mounts.length + index, kept: null };
    return [
      {
        kind: 'bind',
        source: lowers[0] ?? '',
        target,
        readOnly,
        how: { ...plainBind(), attributes: restricted({}), copyUp: false },
        overlay: overlayOf(engine, record, given),
        ...(subpath !== undefined && { subpath }),
      },
    ];
  });
  return [...others, ...images];
}

/** Makes the directories of these overlays anew: nothing of an earlier start is in them. */
export async function makeOverlays(
  engine: Engine,
  record: ContainerRecord,
  mounts: readonly ResolvedMount[],
): Promise<void> {
  const directory = overlaysDirectory(engine, record);
  if (existsSync(directory)) await removeTrees([directory], engine.idMap());
  for (const mount of mounts) {
    if (mount.kind !== 'bind' || mount.overlay === undefined) continue;
    const { overlay, target } = mount;
    for (const path of [overlay.upper, overlay.work]) {
      if (!relative(directory, path).startsWith('..')) {
        makeStoreDirectory(engine.store, directory);
        makeStoreDirectory(engine.store, dirname(path));
        makeContentDirectory(engine.idMap(), path, 0o755);
      } else if (!existsSync(path)) {
        throw new BryoError('no-mount-source', `cannot mount ${target}: ${path} does not exist`);
      }
    }
  }
}
