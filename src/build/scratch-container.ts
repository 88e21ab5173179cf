import { newContainerId } from '../container/id.ts';
import type { ContainerRecord } from '../container/record.ts';
import { emptyDraft } from '../engine/containers/container-record.ts';
import { obtainFromBlob } from '../image/known-layers.ts';
import { type ContainerOptions, defaultContainerOptions } from '../request/container.ts';
import { chooseDriver, driverByName } from '../store/drivers/choose.ts';
import type { ContainerPlace } from '../store/drivers/driver.ts';
import { isLayerOf, layerStack } from '../store/layers.ts';
import { storePaths } from '../store/paths.ts';
import { makeContentDirectory, makeStoreDirectory } from '../store/store-dirs.ts';
import { removeTrees } from '../store/worker.ts';
import type { BuiltLayer } from './config-document.ts';
import type { Workspace } from './workspace.ts';

/** A container of a build: its files are the layers of a stage, and what is written over them. */
export interface ScratchContainer {
  record: ContainerRecord;
  place: ContainerPlace;
  remove(): Promise<void>;
}

/** Makes sure that layers are unpacked, and that they are what their blobs hold. */
async function unpackLayers(work: Workspace, layers: readonly BuiltLayer[]): Promise<void> {
  const { store } = work.engine;
  const idMap = work.engine.idMap();
  for (const { digest, diffId } of layers) {
    if (isLayerOf(store, idMap, diffId, digest)) continue;
    await obtainFromBlob(store, work.layers, { digest, diffId });
  }
}

/** A stage without any layer has an empty one: an overlay needs something to lie over. */
function emptyLayer(work: Workspace): string {
  const path = work.freePath();
  makeContentDirectory(work.engine.idMap(), path, 0o755);
  return path;
}

/** Makes a container over these layers, lowest first. */
export async function scratchContainer(
  work: Workspace,
  layers: readonly BuiltLayer[],
  options: Partial<ContainerOptions> = {},
): Promise<ScratchContainer> {
  const { engine, inside } = work;
  const { store } = inside;
  const idMap = engine.idMap();
  await unpackLayers(work, layers);
  const driver = await chooseDriver(engine.store, engine.storageDriver, idMap);
  const id = newContainerId();
  const directory = storePaths.container(store, id);
  makeStoreDirectory(store, directory);
  const diffIds = layers.map(({ diffId }) => diffId);
  const place = { directory, layers: layerStack(store, idMap, diffIds) };
  if (layers.length === 0) place.layers.push(emptyLayer(work));
  await driver.prepare(place, idMap);
  const draft = emptyDraft({
    id,
    name: `build-${id.slice(0, 12)}`,
    options: { ...defaultContainerOptions(), remove: true, ...options },
    oneShot: true,
    createCommand: [],
  });
  const record: ContainerRecord = {
    ...draft,
    rootfs: { kind: 'image', imageId: '', imageName: '', layers: diffIds, driver: driver.name },
    volumes: [],
  };
  const remove = async (): Promise<void> => removeTrees([directory], idMap);
  return { record, place, remove };
}

/** The way a container's files come to be, for the launcher. */
export function scratchRootfs(
  work: Workspace,
  { record, place }: Pick<ScratchContainer, 'record' | 'place'>,
) {
  const { rootfs } = record;
  const driver = driverByName(rootfs.kind === 'image' ? rootfs.driver : '');
  return driver.rootfs({
    place,
    disposable: true,
    inner: null,
    program: work.engine.mountProgram,
  });
}
