import { createReadStream, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import { makeHash } from '../../../base/hash.ts';
import { type ContainerRecord, usedImages } from '../../../container/record.ts';
import { blobPath, hasBlob } from '../../../image/layout.ts';
import {
  hasLayer,
  isLayerOf,
  layerDiff,
  presentLayers,
  replaceDamaged,
} from '../../../store/layers.ts';
import { packTree, removeTrees } from '../../../store/worker.ts';
import type { Engine } from '../../engine.ts';
import type { CheckedImage } from './check-images.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** Digest of all that is in a tree, as a layer would hold it. Null: the tree cannot be read. */
async function treeDigest(engine: Engine, path: string): Promise<string | null> {
  const hash = makeHash('sha256');
  try {
    for await (const chunk of packTree(path, engine.idMap())) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof BryoError && error.code === 'storage-failed') return null;
    throw error;
  }
}

/** Puts a tree that was unpacked aside into a layer's place. */
async function replaceLayer(engine: Engine, diffId: string, fresh: string): Promise<string> {
  const { store } = engine;
  const idMap = engine.idMap();
  const place = dirname(layerDiff(store, idMap, diffId));
  replaceDamaged(store, idMap, diffId);
  renameSync(fresh, place);
  return 'unpacked again from its blob';
}

/** Compares a layer's files with what its blob unpacks to. */
async function checkContent(
  engine: Engine,
  layer: { diffId: string; blob: string },
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const { store } = engine;
  const { diffId } = layer;
  const idMap = engine.idMap();
  const { unpackAside } = await import('../../../store/layer-unpack.ts');
  const source = createReadStream(blobPath(store, layer.blob), { highWaterMark: 1 << 20 });
  let aside: string;
  try {
    aside = await unpackAside(store, idMap, { source, diffId });
  } catch (error) {
    if (!(error instanceof BryoError) || !/^bad-/.test(error.code)) throw error;
    const problem = `is not the layer ${diffId} that an image says it is`;
    const advice = 'remove that image';
    await note(findings, { kind: 'blob', subject: layer.blob, problem, advice }, null);
    return;
  }
  try {
    const wanted = await treeDigest(engine, join(aside, 'diff'));
    const found = hasLayer(store, idMap, diffId)
      ? await treeDigest(engine, layerDiff(store, idMap, diffId))
      : null;
    if (found === wanted) return;
    const problem = found === null ? 'is not whole' : 'has other files than its blob';
    const finding = { kind: 'layer', subject: diffId, problem } as const;
    await note(
      findings,
      finding,
      options.repair ? () => replaceLayer(engine, diffId, aside) : null,
    );
  } finally {
    await removeTrees([aside], idMap);
  }
}

/** A damaged layer whose blob is gone: its containers are lost, its image has to be pulled. */
async function noteLost(
  engine: Engine,
  diffId: string,
  present: boolean,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const hide = async () => {
    replaceDamaged(engine.store, engine.idMap(), diffId);
    return 'removed';
  };
  const problem = `${present ? 'is not whole' : 'is missing'}, and so is its blob`;
  const finding = {
    kind: 'layer',
    subject: diffId,
    problem,
    advice: 'pull its image again',
  } as const;
  await note(findings, finding, options.repair && present ? hide : null);
}

/** The unpacked layers that images and containers need. */
export async function checkLayers(
  engine: Engine,
  images: readonly CheckedImage[],
  records: readonly ContainerRecord[],
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const { store } = engine;
  const idMap = engine.idMap();
  const blobs = new Map<string, string>();
  for (const { image, badBlobs } of images) {
    for (const [index, diffId] of image.config.diffIds.entries()) {
      const digest = image.manifest.layers[index]?.digest ?? '';
      if (badBlobs.has(digest) || (blobs.has(diffId) && !isLayerOf(store, idMap, diffId, digest))) {
        continue;
      }
      blobs.set(diffId, digest);
    }
  }
  const present = new Set(presentLayers(store, engine.idMap()));
  const needed = new Set(records.flatMap(usedImages).flatMap(({ layers }) => layers));
  const ofImages = images.flatMap(({ image }) => image.config.diffIds as string[]);
  for (const diffId of new Set([...needed, ...ofImages])) {
    // An image's layer that is not unpacked will be when a container needs it.
    if (!present.has(diffId) && !needed.has(diffId)) continue;
    const blob = blobs.get(diffId);
    const whole = hasLayer(store, engine.idMap(), diffId);
    // Of what has no blob the files were looked at with its image.
    if (whole && blob !== undefined && !hasBlob(store, blob)) continue;
    if (blob !== undefined && !(whole && options.quick)) {
      await checkContent(engine, { diffId, blob }, options, findings);
    } else if (!whole) {
      await noteLost(engine, diffId, present.has(diffId), options, findings);
    }
  }
}
