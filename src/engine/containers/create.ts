import { posix } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { refuseForeign } from '../../container/foreign/refuse.ts';
import { newContainerId } from '../../container/id.ts';
import type { ContainerRecord, RecordRootfs, RecordVolume } from '../../container/record.ts';
import { newName } from '../../container/registration.ts';
import type { RunDefaults } from '../../image/config.ts';
import { nameAskedFor, type ResolvedImage } from '../../image/resolve.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { fileIn } from '../../store/container-files.ts';
import { chooseDriver } from '../../store/drivers/choose.ts';
import { layerStack } from '../../store/layers.ts';
import { storePaths } from '../../store/paths.ts';
import { stagingPath } from '../../store/staging.ts';
import { makeContentDirectory, makeStore, makeStoreDirectory } from '../../store/store-dirs.ts';
import { removeTrees } from '../../store/worker.ts';
import { ensureVolume, lockVolumes } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
import { recordCreation } from '../events.ts';
import { holdImages } from '../images/hold.ts';
import { ensureLayers } from '../images/layers.ts';
import { holdNetworks } from '../networks/hold.ts';
import { sweep } from '../system/sweep.ts';
import { configuredOptions } from './configured.ts';
import { draftRecord } from './container-record.ts';
import { checkHostParts } from './host-parts.ts';
import { findImageMounts } from './image-mounts.ts';
import { resolveDependencies } from './start/dependencies.ts';
import { publishWithRange, resolveMatch } from './userns-ids.ts';
import { makeMountVolumes, withImageVolumes, withVolumesFrom } from './volumes-from.ts';

/** A container without an image (`--rootfs`). */
const noDefaults: RunDefaults = {
  env: [],
  cmd: [],
  entrypoint: [],
  user: '',
  workingDir: '',
  volumes: [],
  exposedPorts: [],
  labels: {},
  stopSignal: '',
  healthcheck: null,
  onBuild: [],
  shell: [],
};

/**
 * Volumes of the image (VOLUME) that no mount of the user stands in for. One in the place of a
 * kernel filesystem would take the container's protection away: it is an error.
 */
function imageVolumeTargets(config: RunDefaults, options: ContainerOptions): string[] {
  const taken = new Set(options.mounts.map(({ target }) => target));
  const kernel = config.volumes.find((path) =>
    /^\/(proc|sys|dev)(\/|$)/.test(posix.normalize(path)),
  );
  if (kernel !== undefined) {
    throw new BryoError('bad-image', `the image declares a volume at ${JSON.stringify(kernel)}`, {
      hint: 'such an image is not run',
    });
  }
  if (options.imageVolume !== 'bind') return [];
  return config.volumes.filter((target) => target.startsWith('/') && !taken.has(target));
}

function needsVolumes(config: RunDefaults, options: ContainerOptions): boolean {
  return config.volumes.length > 0 || options.mounts.some(({ kind }) => kind === 'volume');
}

function makeVolumes(
  engine: Engine,
  config: RunDefaults,
  options: ContainerOptions,
): RecordVolume[] {
  const { store } = engine;
  const volumes = makeMountVolumes(engine, options.mounts);
  for (const target of imageVolumeTargets(config, options)) {
    volumes.push({
      name: ensureVolume(store, engine.idMap(), { name: null, anonymous: true }).name,
      target,
      anonymous: true,
    });
  }
  return volumes;
}

export interface CreateInput {
  options: ContainerOptions;
  /** Null with `--rootfs`. */
  image: ResolvedImage | null;
  /** To be started at once by this very command, and to go away with its process. */
  oneShot: boolean;
  /** The command line, for inspection. */
  commandLine: readonly string[];
}

/**
 * Creates a container: record, writable layer, volumes, name.
 *
 * Throws BryoError `name-in-use`, `no-command`, … and leaves nothing behind then.
 */
export async function createContainer(
  engine: Engine,
  input: CreateInput,
): Promise<ContainerRecord> {
  const { store } = engine;
  const { options: asked, image } = input;
  const config = image?.config.config ?? noDefaults;
  let resolved = resolveDependencies(store, asked);
  if (resolved.secrets.length > 0) {
    const { resolveSecrets } = await import('./start/secrets.ts');
    resolved = resolveSecrets(store, resolved);
  }
  const { options, images: mountedImages } = findImageMounts(
    store,
    withImageVolumes(withVolumesFrom(store, resolved), config),
  );
  await checkHostParts(options);
  makeStore(store);
  await sweep(engine);
  const networks = await holdNetworks(engine, options);
  try {
    const held = { ...options, network: networks.request };
    return await makeContainer(engine, { ...input, options: held, mountedImages });
  } finally {
    networks.release();
  }
}

/** Makes a container of options of which everything is known. */
async function makeContainer(
  engine: Engine,
  input: CreateInput & { mountedImages: readonly ResolvedImage[] },
): Promise<ContainerRecord> {
  const { options, image, oneShot, commandLine, mountedImages } = input;
  const { store } = engine;
  const config = image?.config.config ?? noDefaults;
  const name = newName(options.name);
  const draft = draftRecord(
    {
      id: newContainerId(),
      name,
      options: configuredOptions(engine, options, name),
      oneShot,
      createCommand: [...commandLine],
      ...(engine.cgroupManager !== null && { cgroupManager: engine.cgroupManager }),
    },
    config,
  );
  if (draft.options.runtime !== null) refuseForeign(draft.options, draft.health);
  const idMap = engine.idMap();
  const prepared = stagingPath(store);
  makeStoreDirectory(store, prepared);
  const lock = needsVolumes(config, options) ? await lockVolumes(store, 'shared') : null;
  const images = [...(image === null ? [] : [image]), ...mountedImages];
  let leases: ReturnType<typeof holdImages> | null = null;
  try {
    // Nothing of an image goes between being found and being recorded as used.
    leases = images.length > 0 ? holdImages(store, images) : null;
    for (const one of mountedImages) await ensureLayers(engine, one);
    const rootfs = await prepareRootfs(engine, prepared, options, image);
    const userns = await resolveMatch(engine, options, { user: draft.user, rootfs });
    const record: ContainerRecord = {
      ...draft,
      options: { ...draft.options, userns },
      rootfs,
      volumes: makeVolumes(engine, config, options),
    };
    const published = await publishWithRange(engine, record, prepared);
    await recordCreation(engine, published);
    return published;
  } catch (error) {
    await removeTrees([prepared, storePaths.container(store, draft.id)], idMap);
    throw error;
  } finally {
    leases?.close();
    lock?.release();
  }
}

async function prepareRootfs(
  engine: Engine,
  prepared: string,
  options: ContainerOptions,
  image: ResolvedImage | null,
): Promise<RecordRootfs> {
  if (image === null) {
    if (options.rootfs === null) throw new BryoError('no-image', 'no image given');
    makeContentDirectory(engine.idMap(), fileIn(prepared, 'merged'), 0o700);
    return { kind: 'directory', path: options.rootfs };
  }
  const idMap = engine.idMap();
  const layers = image.config.diffIds;
  await ensureLayers(engine, image);
  const driver = await chooseDriver(engine.store, engine.storageDriver, idMap);
  const diffs = layerStack(engine.store, idMap, layers);
  await driver.prepare({ directory: prepared, layers: diffs }, idMap);
  engine.log('debug', `storage driver ${driver.name}, ${layers.length} layers`);
  return {
    kind: 'image',
    imageId: image.id,
    imageName: nameAskedFor(image, options.image ?? image.id),
    layers,
    driver: driver.name,
  };
}
