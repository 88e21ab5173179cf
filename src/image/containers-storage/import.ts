import { rm } from 'node:fs/promises';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { assembleLayer } from '../../store/assemble.ts';
import { checkLayerCount, parseConfig } from '../config.ts';
import { digestBytes, verifyBytes } from '../hash.ts';
import type { IngestOptions } from '../ingest.ts';
import { commitImage, hasWholeBlob, initLayout } from '../layout.ts';
import { type Descriptor, parseManifest, parseSingleManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { unsigned } from '../policy/check.ts';
import type { PolicyGate } from '../policy/gate.ts';
import { listImages, loadImage, type ResolvedImage } from '../resolve.ts';
import { stageLayer } from '../stage-layer.ts';
import {
  type ForeignLayer,
  type ForeignStore,
  findForeignImage,
  layerFiles,
  listForeignLayers,
  readBigData,
  tarSplitPath,
} from './store-files.ts';
import { readTarSplit } from './tar-split.ts';

export interface ForeignImport extends IngestOptions {
  foreign: ForeignStore;
  /** A name or id there. */
  image: string;
  gate: PolicyGate;
  idMap: IdMap;
}

type Layer = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

/** Layers of the own images by their diff ids: what is there need not be made again. */
function ownLayers({ store, layers }: ForeignImport): Map<string, Layer> {
  const known = new Map<string, Layer>();
  for (const { manifest, config } of listImages(store)) {
    for (const [index, diffId] of config.diffIds.entries()) {
      const layer = manifest.layers[index];
      if (layer === undefined || !hasWholeBlob(store, layer)) continue;
      // A claim that an image makes of its blob is no reason to take that.
      if (!layers.isOf(diffId, layer.digest)) continue;
      const { mediaType, digest, size } = layer;
      known.set(diffId, { mediaType, digest, size });
    }
  }
  return known;
}

async function takeLayer(
  options: ForeignImport,
  layer: ForeignLayer,
  staged: Map<string, string>,
): Promise<Layer> {
  const { foreign, store, idMap, onProgress } = options;
  const { diffId } = layer;
  onProgress({ kind: 'start', digest: diffId, total: 0 });
  const steps = readTarSplit(tarSplitPath(foreign, layer));
  const source = assembleLayer(layerFiles(foreign, layer), steps, idMap);
  const made = await stageLayer(store, options.layers, source);
  staged.set(made.digest, made.path);
  if (made.diffId !== diffId) {
    throw new BryoError(
      'bad-storage',
      `the layer ${layer.id} is ${made.diffId} and not ${diffId}: its files were changed`,
    );
  }
  onProgress({ kind: 'done', digest: diffId });
  return { mediaType: made.mediaType, digest: made.digest, size: made.size };
}

/**
 * Takes an image over from a store of podman's, which stays as it is. Every layer is made again byte
 * for byte and checked against its diff id, so the configuration, and with it the id, is the same;
 * the compressed forms were never kept there, so the manifest is another one.
 *
 * Errors: `no-such-image`, `bad-storage`, `bad-layer`, `policy-rejected`.
 */
export async function importForeign(options: ForeignImport): Promise<ResolvedImage> {
  const { store, foreign, layers, gate } = options;
  const image = findForeignImage(foreign, options.image);
  const document = parseManifest(readBigData(foreign, image, 'manifest'));
  if (document.kind === 'index') {
    throw new BryoError('bad-storage', `${options.image} is a list of manifests, not an image`);
  }
  const { digest } = document.config;
  const configBytes = readBigData(foreign, image, digest);
  verifyBytes(configBytes, digest, 'the image config');
  const config = parseConfig(configBytes);
  await gate.admit({
    transport: 'containers-storage',
    scopes: [],
    identity: null,
    shown: `containers-storage:${options.image}`,
    manifest: readBigData(foreign, image, 'manifest'),
    signatures: unsigned,
  });
  const chain = listForeignLayers(foreign, image);
  if (chain.map((layer) => layer.diffId).join() !== config.diffIds.join()) {
    throw new BryoError(
      'bad-storage',
      `the layers of ${options.image} are not those of its config`,
    );
  }
  initLayout(store);
  const known = ownLayers(options);
  const staged = new Map<string, string>();
  try {
    const taken: Layer[] = [];
    for (const layer of chain) {
      const own = known.get(layer.diffId) ?? (await takeLayer(options, layer, staged));
      known.set(layer.diffId, own);
      taken.push(own);
    }
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: mediaTypes.ociConfig, digest, size: configBytes.length },
        layers: taken,
      }),
    );
    const manifest = parseSingleManifest(bytes);
    checkLayerCount(manifest, config);
    const manifestDigest = digestBytes(bytes);
    commitImage(store, {
      descriptor: {
        mediaType: mediaTypes.ociManifest,
        digest: manifestDigest,
        size: bytes.length,
        annotations: {},
        platform: null,
      },
      manifest,
      names: image.names,
      staged,
      documents: new Map([
        [digest, configBytes],
        [manifestDigest, bytes],
      ]),
    });
    layers.settle(config.diffIds);
    return loadImage(store, manifestDigest, [...image.names]);
  } finally {
    await Promise.all([...staged.values()].map((path) => rm(path, { force: true })));
  }
}
