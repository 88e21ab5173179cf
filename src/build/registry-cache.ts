import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BryoError } from '../base/errors.ts';
import { pushPlace } from '../engine/images/push.ts';
import { parseDigest } from '../image/digest.ts';
import { digestBytes, StreamVerifier } from '../image/hash.ts';
import { adoptBlob, hasBlob, initLayout } from '../image/layout.ts';
import { readDescriptor } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { sendBlob } from '../image/push.ts';
import { clientOptions, type RegistryAccess } from '../registry/access.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import { createRegistryWriter } from '../registry/upload.ts';
import type { CacheLocation } from '../request/build.ts';
import { stagingPath } from '../store/staging.ts';
import { type CachedStep, readStep, writeStep } from '../store/step-cache.ts';
import { readSteps } from './cache-exchange.ts';
import { giveLayer } from './travelling-layer.ts';
import type { Workspace } from './workspace.ts';

/** The config of a manifest that is a cache: an object of results by keys. Its layers are those of the results. */
const cacheType = 'application/vnd.bryo.build-cache.v1+json';
/** Bytes of such a document. */
const mostBytes = 16 << 20;
/** Results that a cache keeps, the newest first; a manifest has room for so many layers by far. */
const mostSteps = 400;

interface RemoteCache {
  client: RegistryClient;
  steps: Map<string, CachedStep>;
}

async function readConfig(client: RegistryClient, tag: string): Promise<Map<string, CachedStep>> {
  const { bytes } = await client.getManifest(tag);
  const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const { config } = document as { config?: unknown };
  const { mediaType, digest, size } = readDescriptor(config, 'config');
  if (mediaType !== cacheType) {
    throw new BryoError('bad-image', 'it is no cache of bryo build');
  }
  if (size > mostBytes) throw new BryoError('too-large', 'the cache is too large');
  const verifier = new StreamVerifier(parseDigest(digest), size);
  const pieces: Uint8Array[] = [];
  for await (const piece of client.getBlob(digest, size)) {
    verifier.update(piece);
    pieces.push(piece);
  }
  verifier.finish();
  return readSteps(JSON.parse(Buffer.concat(pieces).toString('utf8')));
}

async function placeOf(reference: string) {
  const { place, reference: parsed } = await pushPlace(reference);
  return { place, tag: parsed.tag ?? parsed.digest ?? 'latest' };
}

/** Gets a layer's blob. It is what its digest says then; what it unpacks to is checked before it is used. */
async function takeBlob(
  { engine, blobs }: Workspace,
  client: RegistryClient,
  { digest, size }: { digest: string; size: number },
): Promise<void> {
  const { store } = engine;
  blobs.shareSoon(digest);
  if (hasBlob(store, digest)) return;
  const staged = stagingPath(store);
  const verifier = new StreamVerifier(parseDigest(digest), size);
  async function* verified(): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of client.getBlob(digest, size)) {
      verifier.update(piece);
      yield piece;
    }
    verifier.finish();
  }
  try {
    await pipeline(verified(), createWriteStream(staged, { flags: 'wx', mode: 0o600 }));
    adoptBlob(store, digest, staged);
  } finally {
    await rm(staged, { force: true });
  }
}

/** Results that registries have (`--cache-from`): each is fetched when a step asks for it. */
export class RemoteSteps {
  readonly #work: Workspace;
  readonly #caches: RemoteCache[] = [];

  constructor(work: Workspace) {
    this.#work = work;
  }

  /**
   * Reads what the registries have; one that cannot be read, as before the first build, is passed over with a word
   * to `warn`.
   */
  async open(
    locations: readonly CacheLocation[],
    access: RegistryAccess,
    warn: (message: string) => void,
  ): Promise<void> {
    for (const location of locations) {
      if (location.type !== 'registry') continue;
      const { reference } = location;
      const { place, tag } = await placeOf(reference);
      const client = createRegistryClient(clientOptions(place, access));
      try {
        this.#caches.push({ client, steps: await readConfig(client, tag) });
      } catch (error) {
        client.close();
        if (!(error instanceof BryoError) && !(error instanceof SyntaxError)) throw error;
        warn(`nothing is taken from --cache-from ${reference}: ${error.message}`);
      }
    }
  }

  /** Takes the result with this key over into the store, if one has it. */
  async take(key: string): Promise<void> {
    const { store } = this.#work.engine;
    const cache = this.#caches.find(({ steps }) => steps.has(key));
    const step = cache?.steps.get(key);
    if (cache === undefined || step === undefined || readStep(store, key) !== null) return;
    initLayout(store);
    if (step.layer !== null) await takeBlob(this.#work, cache.client, step.layer);
    writeStep(store, key, step);
  }

  close(): void {
    for (const { client } of this.#caches) client.close();
  }
}

function manifestOf(config: Uint8Array, steps: ReadonlyMap<string, CachedStep>): Uint8Array {
  const layers = new Map(
    [...steps.values()].flatMap(({ layer }) => (layer === null ? [] : [[layer.digest, layer]])),
  );
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: cacheType, digest: digestBytes(config), size: config.length },
      layers: [...layers.values()].map(({ mediaType, digest, size }) => ({
        mediaType,
        digest,
        size,
      })),
    }),
  );
}

/** Adds a build's results to what a registry has (`--cache-to`). Errors: those of a push. */
export async function sendSteps(
  work: Workspace,
  reference: string,
  access: RegistryAccess,
  made: ReadonlyMap<string, CachedStep>,
): Promise<void> {
  const { store } = work.engine;
  const { place, tag } = await placeOf(reference);
  const options = clientOptions(place, access);
  const client = createRegistryClient(options);
  const writer = createRegistryWriter(options);
  try {
    const before = await readConfig(client, tag).catch(() => new Map<string, CachedStep>());
    const steps = new Map<string, CachedStep>();
    for (const [key, { boot: _boot, ...step }] of made) {
      const layer =
        step.layer &&
        (await giveLayer(store, step.layer, {
          has: (digest) => writer.hasBlob(digest),
          give: (blob) => sendBlob(writer, blob),
        }));
      steps.set(key, { ...step, layer });
    }
    for (const [key, step] of before) {
      if (steps.size >= mostSteps) break;
      const { layer } = step;
      // Layers that the registry has lost meanwhile would make it refuse all of it.
      if (steps.has(key) || (layer !== null && !(await writer.hasBlob(layer.digest)))) continue;
      steps.set(key, step);
    }
    const config = Buffer.from(JSON.stringify(Object.fromEntries(steps)));
    await writer.putBlob({
      digest: digestBytes(config),
      size: config.length,
      async *read(offset) {
        yield config.subarray(offset);
      },
    });
    await writer.putManifest(tag, mediaTypes.ociManifest, manifestOf(config, steps));
  } finally {
    client.close();
    writer.close();
  }
}
