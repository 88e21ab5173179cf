import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { addon } from '../native/addon.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import { layerSink } from '../store/layer-unpack.ts';
import { type Leases, openLeases } from '../store/leases.ts';
import { storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { makeStore, makeStoreDirectory } from '../store/store-dirs.ts';
import { removeTrees } from '../store/worker.ts';

/**
 * The common ground of a build: where its containers are, and what of the store it relies on. All of it lies in a
 * staging directory: what a killed build leaves there the next command sweeps.
 */
export interface Workspace {
  engine: Engine;
  /** As `engine`, with a store whose containers lie in the workspace and that no event tells of. */
  inside: Engine;
  /** Layers that were asked for or added stay until the end. */
  layers: LayerSink;
  /** The same of blobs. */
  blobs: Leases;
  /** Aborted when the build shall end. */
  signal: AbortSignal;
  /** Layers may be left that neither an image nor a kept result has. */
  leavesGarbage: boolean;
  /** A path in the workspace that is free. */
  freePath(): string;
  close(): Promise<void>;
}

/** Opens a workspace; `close` must be called. */
export function openWorkspace(engine: Engine, signal: AbortSignal): Workspace {
  const { store } = engine;
  makeStore(store);
  // ext4 searches all places of files that were removed shortly before, as builds do, when it makes new ones there.
  addon().spreadTrees(storePaths.staging(store));
  const directory = stagingPath(store);
  const containers = join(directory, 'containers');
  makeStoreDirectory(store, directory);
  makeStoreDirectory(store, containers);
  const inside: Engine = {
    ...engine,
    store: { ...store, containersIn: containers },
    eventsBackend: 'none',
  };
  const layers = layerSink(store, engine.idMap());
  const blobs = openLeases(storePaths.blobLeases(store));
  let count = 0;
  return {
    engine,
    inside,
    layers,
    blobs,
    signal,
    leavesGarbage: false,
    freePath() {
      count += 1;
      return join(directory, `part-${count}`);
    },
    async close() {
      layers.release();
      blobs.close();
      await removeTrees([directory], engine.idMap());
    },
  };
}
