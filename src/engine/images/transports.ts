import { homedir } from 'node:os';
import { parsePlatform } from '../../image/platform.ts';
import { openGate } from '../../image/policy/gate.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import type { TransportReference } from '../../image/transport.ts';
import { layerSink } from '../../store/layer-unpack.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { sweep } from '../system/sweep.ts';
import type { PullRequest } from './pull-request.ts';

/** Takes the images of an archive, a directory or another engine's store in. */
export async function pullFromTransport(
  engine: Engine,
  place: Exclude<TransportReference, { transport: 'docker' }>,
  request: PullRequest,
): Promise<ResolvedImage[]> {
  const { onProgress, platform, signaturePolicy = null } = request;
  if (place.transport === 'containers-storage') return [await takeOver(engine, place, request)];
  const { loadArchive } = await import('./load.ts');
  return loadArchive(engine, {
    path: place.path,
    stdin: process.stdin,
    transport: place.transport,
    wanted: place.image,
    ...(platform !== null && { platform: parsePlatform(platform) }),
    signaturePolicy,
    pulled: request.name,
    onProgress,
  });
}

/** Takes an image of podman's own store over. */
async function takeOver(
  engine: Engine,
  place: Extract<TransportReference, { transport: 'containers-storage' }>,
  { signaturePolicy = null, onProgress }: PullRequest,
): Promise<ResolvedImage> {
  const { defaultRoot, openForeignStore } = await import(
    '../../image/containers-storage/store-files.ts'
  );
  const { importForeign } = await import('../../image/containers-storage/import.ts');
  const { store } = engine;
  const uid = process.geteuid?.() ?? 0;
  const root = place.root ?? defaultRoot({ env: process.env, home: homedir(), uid });
  const foreign = openForeignStore(root, place.driver);
  makeStore(store);
  await sweep(engine);
  const layers = layerSink(store, engine.idMap());
  const options = {
    store,
    layers,
    foreign,
    image: place.name,
    gate: openGate(store, signaturePolicy),
    idMap: engine.idMap(),
    onProgress,
  };
  try {
    const image = await notingUnfinished(store, () => importForeign(options));
    recordImageEvent(engine, 'pull', image.id, image.names[0] ?? place.name);
    return image;
  } finally {
    layers.release();
  }
}
