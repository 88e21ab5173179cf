import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { signalName } from '../base/signals.ts';
import type { ContainerRecord } from '../container/record.ts';
import { findRecord } from '../container/records.ts';
import { applyChanges, type RunConfig } from '../image/changes.ts';
import { commitLayer } from '../image/commit.ts';
import { findImage, type ResolvedImage } from '../image/resolve.ts';
import { layerSink } from '../store/layer-unpack.ts';
import { storePaths } from '../store/paths.ts';
import { notingUnfinished } from '../store/unfinished.ts';
import { packTree } from '../store/worker.ts';
import type { Engine } from './engine.ts';
import { recordContainerEvent } from './events.ts';
import { sweep } from './garbage.ts';
import { targetName } from './tag.ts';

export interface CommitRequest {
  container: string;
  /** Null: the image gets no name. */
  name: string | null;
  author: string;
  message: string;
  changes: readonly string[];
}

/** What the container was created with, as its image would say it. */
function containerConfig({ options, ...record }: ContainerRecord): RunConfig {
  const env = new Map(record.imageEnv.map((word) => [word.split('=', 1)[0] ?? '', word]));
  for (const [key, value] of Object.entries(options.env)) env.set(key, `${key}=${value}`);
  return {
    Cmd: record.args.slice(record.entrypoint.length),
    ...(record.entrypoint.length > 0 && { Entrypoint: record.entrypoint }),
    Env: [...env.values()],
    Labels: record.labels,
    StopSignal: signalName(record.stopSignal),
    User: record.user,
    WorkingDir: record.workdir,
  };
}

function baseImage(engine: Engine, record: ContainerRecord): ResolvedImage {
  const { rootfs } = record;
  if (rootfs.kind !== 'image') {
    const why =
      rootfs.kind === 'holder' ? 'it holds the namespaces of a pod' : 'it runs a --rootfs';
    throw new BryoError('no-image', `container ${record.name} has no image: ${why}`);
  }
  if (rootfs.driver === 'vfs') {
    throw new BryoError('unsupported', `commit does not work with the storage driver vfs`, {
      hint: 'it keeps no layer of its own for a container; use overlay or fuse-overlayfs',
    });
  }
  const image = findImage(engine.store, rootfs.imageId);
  if (image !== null) return image;
  throw new BryoError('no-such-image', `the image of container ${record.name} was removed`, {
    hint: `pull ${rootfs.imageName} again`,
  });
}

/** Makes an image of a container's changes; resolves with its id. */
export async function commitContainer(engine: Engine, request: CommitRequest): Promise<string> {
  const { store } = engine;
  const record = findRecord(store, request.container);
  const base = baseImage(engine, record);
  const name = request.name === null ? null : targetName(request.name);
  const config = applyChanges(containerConfig(record), request.changes);
  await sweep(engine);
  const idMap = engine.idMap();
  const layers = layerSink(store, idMap);
  const options = {
    store,
    layers,
    base,
    layer: packTree(join(storePaths.container(store, record.id), 'upper'), idMap),
    config,
    author: request.author,
    comment: request.message,
    createdBy: record.args.join(' '),
    created: new Date(),
    name,
  };
  try {
    const id = await notingUnfinished(store, () => commitLayer(options));
    recordContainerEvent(engine, record, 'commit');
    return id;
  } finally {
    layers.release();
  }
}
