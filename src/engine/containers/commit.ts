import { BryoError } from '../../base/errors.ts';
import { signalName } from '../../base/signals.ts';
import { printable } from '../../base/text.ts';
import { freezeIfThere, thawIfThere } from '../../cgroup/freeze.ts';
import { exposedPorts, portKey } from '../../container/ports.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { applyChanges } from '../../image/changes.ts';
import { type CommitOptions, commitLayer, type ImageFormat } from '../../image/commit.ts';
import { joinSettings } from '../../image/joined-settings.ts';
import { layerLimit } from '../../image/manifest.ts';
import type { PullProgress } from '../../image/progress.ts';
import { findImage, type ResolvedImage } from '../../image/resolve.ts';
import type { ImageSettings } from '../../image/settings.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { layerSink } from '../../store/layer-unpack.ts';
import { stagingPath } from '../../store/staging.ts';
import { makeContentDirectory } from '../../store/store-dirs.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import { type LeftOut, mergeLayers, packTree, removeTrees } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';
import { ensureLayers } from '../images/layers.ts';
import { targetName } from '../images/tag.ts';
import { sweep } from '../system/sweep.ts';
import { containerPlace, withOwnLayer } from './own-layer.ts';

export interface CommitRequest {
  container: string;
  /** Null: the image gets no name. */
  name: string | null;
  author: string;
  message: string;
  /** Settings in the place of those that the container was created with, or beside them. */
  config?: ImageSettings;
  changes: readonly string[];
  /** Whether its processes stand still meanwhile. */
  pause: boolean;
  /** One layer instead of those of the image and a further one. */
  squash: boolean;
  /** The container's volumes become volumes that the image declares. */
  includeVolumes: boolean;
  format: ImageFormat;
  onProgress: (event: PullProgress) => void;
}

/** The settings that the container was created with, as its image would have them. */
function containerConfig({ options, ...record }: ContainerRecord, volumes: boolean): ImageSettings {
  const env = new Map(record.imageEnv.map((word) => [word.split('=', 1)[0] ?? '', word]));
  for (const [key, value] of Object.entries(options.env)) env.set(key, `${key}=${value}`);
  const exposed = exposedPorts({ options, ...record }).map((port) => [portKey(port), {}] as const);
  const targets = record.volumes.map(({ target }) => [target, {}] as const);
  return {
    Cmd: record.args.slice(record.entrypoint.length),
    ...(record.entrypoint.length > 0 && { Entrypoint: record.entrypoint }),
    Env: [...env.values()],
    Labels: record.labels,
    StopSignal: signalName(record.stopSignal),
    User: record.user,
    ...(exposed.length > 0 && { ExposedPorts: Object.fromEntries(exposed) }),
    WorkingDir: record.workdir,
    ...(volumes && targets.length > 0 && { Volumes: Object.fromEntries(targets) }),
  };
}

function baseImage(engine: Engine, record: ContainerRecord): ResolvedImage {
  const { rootfs } = record;
  if (rootfs.kind !== 'image') {
    const why =
      rootfs.kind === 'holder' ? 'it holds the namespaces of a pod' : 'it runs a --rootfs';
    throw new BryoError('no-image', `container ${record.name} has no image: ${why}`);
  }
  const image = findImage(engine.store, rootfs.imageId);
  if (image !== null) return image;
  throw new BryoError('no-such-image', `the image of container ${record.name} was removed`, {
    hint: `pull ${rootfs.imageName} again`,
  });
}

/** Makes a running container's processes stand still; gives what lets them go on. */
async function standStill(engine: Engine, record: ContainerRecord): Promise<() => void> {
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running' || state.paused) return () => undefined;
  const { cgroup } = state;
  if (cgroup === null) {
    throw new BryoError('no-cgroups', `--pause: container ${record.name} has no control group`, {
      hint: "leave --pause away, or see 'bryo doctor'",
    });
  }
  // A container that ends meanwhile stands still, too.
  return freezeIfThere(cgroup) ? () => thawIfThere(cgroup) : () => undefined;
}

/** Warns of files that the image will not have. */
function warnOf(engine: Engine, { count, first }: LeftOut): void {
  const others = count > 1 ? ` and ${count - 1} more` : '';
  const what = `${printable(`/${first}`)}${others} left out`;
  engine.log('warn', `${what}: in an image, a name that begins with ".wh." deletes another file`);
}

/** All that the container sees, as one layer. */
async function* packWhole(
  engine: Engine,
  record: ContainerRecord,
  own: string,
): AsyncGenerator<Uint8Array, void, void> {
  const idMap = engine.idMap();
  const whole = stagingPath(engine.store);
  makeContentDirectory(idMap, whole, 0o755);
  try {
    const { layers } = containerPlace(engine, record);
    await mergeLayers([...[...layers].reverse(), own], whole, idMap);
    yield* packTree(whole, idMap, (leftOut) => warnOf(engine, leftOut));
  } finally {
    await removeTrees([whole], idMap);
  }
}

async function commitRecord(
  engine: Engine,
  record: ContainerRecord,
  options: Omit<CommitOptions, 'layer' | 'layers' | 'store'>,
  onProgress: CommitRequest['onProgress'],
): Promise<string> {
  const { store } = engine;
  const idMap = engine.idMap();
  const layers = layerSink(store, idMap);
  try {
    const id = await withOwnLayer(engine, record, (own) => {
      const layer = options.squash
        ? packWhole(engine, record, own)
        : packTree(own, idMap, (leftOut) => warnOf(engine, leftOut));
      const whole = { ...options, store, layers, layer };
      return notingUnfinished(store, () => commitLayer(whole, onProgress));
    });
    recordContainerEvent(engine, record, 'commit');
    return id;
  } finally {
    layers.release();
  }
}

/** Makes an image of a container's changes; resolves with its id. */
export async function commitContainer(engine: Engine, request: CommitRequest): Promise<string> {
  const record = findRecord(engine.store, request.container);
  const base = baseImage(engine, record);
  const name = request.name === null ? null : targetName(request.name);
  const { changes, squash, format, author } = request;
  if (!squash && base.manifest.layers.length >= layerLimit) {
    throw new BryoError('too-large', `an image has ${layerLimit} layers at most`, {
      hint: 'use --squash',
    });
  }
  const own = containerConfig(record, request.includeVolumes);
  const config = applyChanges(joinSettings(own, request.config ?? {}), changes);
  await sweep(engine);
  await ensureLayers(engine, base);
  const goOn = request.pause ? await standStill(engine, record) : () => undefined;
  try {
    const options = {
      ...{ base, config, author, name, squash, format },
      comment: request.message,
      createdBy: record.args.join(' '),
      created: new Date(),
    };
    return await commitRecord(engine, record, options, request.onProgress);
  } finally {
    goOn();
  }
}
