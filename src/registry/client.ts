import { BryoError } from '../base/errors.ts';
import { readBounded } from './body.ts';
import { ConnectionFailure } from './failures.ts';
import { retrying, waitForTry } from './retry.ts';
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
   * The bytes of a blob from an offset on, exactly up to `size`, unverified. A cut connection is resumed
   * where it broke; the stream fails when tries are used up or the body is longer.
   */
  getBlob(digest: string, size: number, from?: number): AsyncGenerator<Uint8Array, void, void>;
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
    return await retrying(session, async () => {
      const response = await ask(session, asked);
      const mediaType = response.header('content-type')?.split(';')[0]?.trim() ?? '';
      const bytes = await readBounded(response, manifestLimit, `the manifest of ${asked.what}`);
      return { bytes, mediaType };
    });
  } catch (error) {
    throw nameFailure(session, error);
  }
}

/** Where the bytes of an answer begin within the blob; null: the range that was asked for it does not give. */
function startOfAnswer(response: HttpResponse, wanted: number): number | null {
  if (response.status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.header('content-range') ?? '')?.[1];
  return response.status === 206 && Number(start) === wanted ? wanted : null;
}

interface BlobProgress {
  digest: string;
  size: number;
  received: number;
  /** The registry gives parts of blobs, as far as is known. */
  ranges: boolean;
}

async function askForRest(session: Session, blob: BlobProgress) {
  const { host, repository } = session.options;
  const { digest, size, received } = blob;
  const part = received > 0 && blob.ranges;
  const response = await ask(session, {
    kind: 'blob',
    path: `${repository}/blobs/${digest}`,
    what: `blob ${digest} of ${host}/${repository}`,
    headers: part ? { range: `bytes=${received}-${size - 1}` } : {},
    ...(part && { expected: [416] }),
  });
  const start = startOfAnswer(response, received);
  if (start !== null) return { response, start };
  response.discard();
  if (!part) throw new ConnectionFailure('EBADRANGE', 'it answered with a part of a blob', false);
  blob.ranges = false;
  return null;
}

async function* readOnce(session: Session, blob: BlobProgress) {
  const answer = (await askForRest(session, blob)) ?? (await askForRest(session, blob));
  if (answer === null) return;
  const { response } = answer;
  try {
    let position = answer.start;
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

async function* getBlob(session: Session, digest: string, size: number, from: number) {
  const blob: BlobProgress = { digest, size, received: from, ranges: true };
  for (let next = 2; blob.received < size; next += 1) {
    const before = blob.received;
    try {
      yield* readOnce(session, blob);
    } catch (error) {
      // A large part that came through earns a new start; a trickle does not.
      if (blob.received - before > size / 16) next = 2;
      if (!(await waitForTry(error, next, session))) throw nameFailure(session, error);
    }
  }
}

export function createRegistryClient(options: ClientOptions): RegistryClient {
  const session = openSession(options);
  return {
    getManifest: (tagOrDigest) => getManifest(session, tagOrDigest),
    getBlob: (digest, size, from = 0) => getBlob(session, digest, size, from),
    close: () => session.transport.close(),
  };
}
