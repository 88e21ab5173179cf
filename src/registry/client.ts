import { setTimeout as sleep } from 'node:timers/promises';
import { BryoError } from '../base/errors.ts';
import { readBounded } from './body.ts';
import { ConnectionFailure } from './failures.ts';
import { retryDelay, retrying } from './retry.ts';
import {
  type Asked,
  ask,
  type ClientOptions,
  nameFailure,
  openSession,
  type Session,
} from './session.ts';
import type { HttpResponse } from './transport.ts';

export type { ClientOptions } from './session.ts';

const manifestLimit = 4 * 1024 * 1024;

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export interface FetchedManifest {
  bytes: Uint8Array;
  /** The registry's Content-Type without parameters; the document itself may say otherwise. */
  mediaType: string;
}

/** Reads one repository of a registry (OCI distribution specification, pull side). */
export interface RegistryClient {
  /** The manifest under a tag or digest, unverified. Errors: `manifest-unknown`, `too-large`, … */
  getManifest(tagOrDigest: string): Promise<FetchedManifest>;
  /**
   * The bytes of a blob, exactly `size` of them, unverified. A cut connection is resumed where it
   * broke; the stream fails when tries are used up or the body is longer.
   */
  getBlob(digest: string, size: number): AsyncGenerator<Uint8Array, void, void>;
  close(): void;
}

async function getManifest(session: Session, tagOrDigest: string): Promise<FetchedManifest> {
  const { host, repository } = session.options;
  const separator = tagOrDigest.includes(':') ? '@' : ':';
  const asked: Asked = {
    kind: 'manifest',
    path: `${repository}/manifests/${tagOrDigest}`,
    what: `${host}/${repository}${separator}${tagOrDigest}`,
    headers: { accept: manifestTypes },
  };
  try {
    return await retrying(session.policy, async () => {
      const response = await ask(session, asked);
      const mediaType = response.header('content-type')?.split(';')[0]?.trim() ?? '';
      const bytes = await readBounded(response, manifestLimit, `the manifest of ${asked.what}`);
      return { bytes, mediaType };
    });
  } catch (error) {
    throw nameFailure(session, error);
  }
}

/** Where the bytes of an answer to a (range) request begin within the blob. */
function startOfAnswer(response: HttpResponse, wanted: number): number {
  if (response.status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(response.header('content-range') ?? '')?.[1];
  if (Number(start) !== wanted) {
    throw new ConnectionFailure('EBADRANGE', 'it answered with another range', false);
  }
  return wanted;
}

interface BlobProgress {
  digest: string;
  size: number;
  received: number;
}

async function* readOnce(session: Session, blob: BlobProgress) {
  const { host, repository } = session.options;
  const response = await ask(session, {
    kind: 'blob',
    path: `${repository}/blobs/${blob.digest}`,
    what: `blob ${blob.digest} of ${host}/${repository}`,
    headers: blob.received > 0 ? { range: `bytes=${blob.received}-${blob.size - 1}` } : {},
  });
  try {
    let position = startOfAnswer(response, blob.received);
    for await (const chunk of response.body()) {
      // A server without ranges starts again at 0: what we have already is passed over.
      const fresh = chunk.subarray(Math.max(0, blob.received - position));
      position += chunk.length;
      if (position > blob.size) {
        throw new BryoError('wrong-size', `blob ${blob.digest} is longer than its manifest says`);
      }
      if (fresh.length === 0) continue;
      blob.received += fresh.length;
      yield fresh;
    }
  } finally {
    response.discard();
  }
  if (blob.received < blob.size) {
    throw new ConnectionFailure('ECONNRESET', 'the connection was cut', true);
  }
}

async function* getBlob(session: Session, digest: string, size: number) {
  const blob: BlobProgress = { digest, size, received: 0 };
  for (let next = 2; blob.received < size; next += 1) {
    const before = blob.received;
    try {
      yield* readOnce(session, blob);
    } catch (error) {
      // A large part that came through earns a new start; a trickle does not.
      if (blob.received - before > size / 16) next = 2;
      const delay = retryDelay(error, next, session.policy);
      if (delay === null) throw nameFailure(session, error);
      await sleep(delay);
    }
  }
}

export function createRegistryClient(options: ClientOptions): RegistryClient {
  const session = openSession(options);
  return {
    getManifest: (tagOrDigest) => getManifest(session, tagOrDigest),
    getBlob: (digest, size) => getBlob(session, digest, size),
    close: () => session.transport.close(),
  };
}
