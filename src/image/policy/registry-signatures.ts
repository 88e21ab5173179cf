import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { readLookaside } from '../../registry/lookaside.ts';
import { findSignatureStorage } from '../../registry/registries-d.ts';
import type { ClientOptions } from '../../registry/session.ts';
import { type Digest, digestAlgorithm, digestHex } from '../digest.ts';
import { verifyBytes } from '../hash.ts';
import { arrayAt, parseObject } from '../json-shape.ts';
import { readDescriptor } from '../manifest.ts';
import type { Reference } from '../reference.ts';
import type { SignatureSource, SigstoreSignature } from './check.ts';
import { dockerScopes } from './scopes.ts';

export const cosignTypes = {
  payload: 'application/vnd.dev.cosign.simplesigning.v1+json',
  annotation: 'dev.cosignproject.cosign/signature',
} as const;

const payloadLimit = 1024 * 1024;
const countLimit = 128;

export interface RegistrySignatures {
  /** Where the image really is. */
  place: Reference;
  digest: Digest;
  client: RegistryClient;
  options: ClientOptions;
}

/** The tag under which cosign keeps the signatures of a manifest. */
export function attachmentTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}.sig`;
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const whole: Uint8Array[] = [];
  for await (const part of parts) whole.push(part);
  return Buffer.concat(whole);
}

async function* readAttached({
  client,
  digest,
}: RegistrySignatures): AsyncGenerator<SigstoreSignature> {
  let bytes: Uint8Array;
  try {
    ({ bytes } = await client.getManifest(attachmentTag(digest)));
  } catch (error) {
    if (error instanceof BryoError && error.code === 'manifest-unknown') return;
    throw error;
  }
  const what = 'the manifest of signatures';
  const layers = arrayAt(parseObject(bytes, what)['layers'] ?? [], `${what}: layers`);
  for (const [index, layer] of layers.slice(0, countLimit).entries()) {
    const descriptor = readDescriptor(layer, `${what}: layers[${index}]`);
    const signature = descriptor.annotations[cosignTypes.annotation];
    if (descriptor.mediaType !== cosignTypes.payload || signature === undefined) continue;
    if (descriptor.size > payloadLimit) {
      throw new BryoError('too-large', `a signature of ${digest} is larger than 1 MiB`);
    }
    const payload = await collect(client.getBlob(descriptor.digest, descriptor.size));
    verifyBytes(payload, descriptor.digest, 'a signature');
    yield { payload, signature: Buffer.from(signature, 'base64') };
  }
}

/** The signatures of an image in a registry: beside it, and where registries.d says. */
export function registrySignatures(image: RegistrySignatures): SignatureSource {
  const { place, digest, options } = image;
  const storage = () =>
    findSignatureStorage(dockerScopes(place), { env: process.env, home: homedir() });
  return {
    async *simple() {
      const { lookaside } = storage();
      if (lookaside === null) return;
      yield* readLookaside({ base: lookaside, repository: place.path, digest }, options);
    },
    async *sigstore() {
      if (storage().attachments) yield* readAttached(image);
    },
  };
}
