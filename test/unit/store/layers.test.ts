import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { IdMap } from '../../../src/base/id-map.ts';
import {
  hasLayer,
  isLayerOf,
  layerDiff,
  layerStack,
  presentLayers,
  readLayerInfo,
  rememberBlob,
  removeLayers,
  settleLayers,
} from '../../../src/store/layers.ts';
import { openLeases } from '../../../src/store/leases.ts';
import { type Store, storePaths } from '../../../src/store/paths.ts';
import { writeRecordFile } from '../../../src/store/record-file.ts';

const full: IdMap = { kind: 'full', uids: [], gids: [] };
const single: IdMap = { kind: 'single', uids: [], gids: [] };
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const [low, high] = [digest('a'), digest('b')];

/** A store with layers that are unpacked. */
function storeWith(root: string, infos: Record<string, object>): Store {
  const store: Store = { root, runroot: join(root, 'run'), searchGroup: null };
  for (const [diffId, info] of Object.entries(infos)) {
    mkdirSync(layerDiff(store, full, diffId), { recursive: true });
    const path = join(layerDiff(store, full, diffId), '..', 'layer.json');
    writeRecordFile(path, { diffId, size: 1, bytes: 1, ...info }, 'volatile');
  }
  return store;
}

t.test('a stack has each layer once, the topmost first', async (t) => {
  const store = storeWith(t.testdir({}), {});
  const stack = layerStack(store, full, [low, high, low]);
  t.same(stack, [layerDiff(store, full, low), layerDiff(store, full, high)]);
  t.not(layerDiff(store, single, low), layerDiff(store, full, low), 'other ids, other files');
});

t.test('what may be trusted', async (t) => {
  const blob = digest('c');
  const store = storeWith(t.testdir({}), { [low]: {}, [high]: { boot: 'another boot' } });
  t.ok(hasLayer(store, full, low));
  t.notOk(hasLayer(store, single, low));
  t.notOk(hasLayer(store, full, high), 'not what a power cut may have cut short');
  t.notOk(isLayerOf(store, full, low, blob), 'not what a blob is only said to hold');
  rememberBlob(store, full, low, blob);
  t.ok(isLayerOf(store, full, low, blob));
  for (let i = 0; i < 40; i += 1) rememberBlob(store, full, low, `sha256:${i}`);
  t.ok((readLayerInfo(store, full, low)?.blobs ?? []).length < 40, 'not without end');
  settleLayers(store, full, [high]);
  t.notOk(hasLayer(store, full, high), 'what was cut short is not settled later');
});

t.test('nobody removes a layer that another needs, or has begun to need', async (t) => {
  const leased = digest('d');
  const store = storeWith(t.testdir({}), { [low]: {}, [high]: {}, [leased]: {} });
  const leases = openLeases(storePaths.layerLeases(store));
  t.teardown(() => leases.close());
  leases.share(leased);
  t.notOk(await removeLayers(store, full, () => null), 'where it cannot be told what is needed');
  t.equal(presentLayers(store, full).length, 3);
  t.ok(await removeLayers(store, full, () => new Set([high])));
  t.same(presentLayers(store, full).sort(), [high, leased]);
});
