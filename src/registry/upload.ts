import { BryoError } from '../base/errors.ts';
import { checkTarget, type FollowedResponse } from './redirects.ts';
import { retrying } from './retry.ts';
import {
  ask,
  type ClientOptions,
  nameFailure,
  openSession,
  originOf,
  type Session,
} from './session.ts';

/** Up to this size a blob goes in one request: there is little to resume. Bytes. */
const monolithicLimit = 1024 * 1024;

/** A blob of which any part can be read, also again. */
export interface UploadSource {
  digest: string;
  size: number;
  /** The blob's bytes from this offset on. */
  read(offset: number): AsyncIterable<Uint8Array>;
}

/** Writes to one repository of a registry (OCI distribution specification, push side). */
export interface RegistryWriter {
  hasBlob(digest: string): Promise<boolean>;
  /** Takes a blob over from another repository of the same registry; false: it cannot. */
  mountBlob(digest: string, from: string): Promise<boolean>;
  /** Sends a blob; a cut connection is taken up where it broke. */
  putBlob(source: UploadSource): Promise<void>;
  /** Puts a manifest under a tag or its digest. */
  putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<void>;
  close(): void;
}

function describe({ options }: Session): string {
  return `${options.host}/${options.repository}`;
}

/**
 * Where an upload goes on. It may be elsewhere than at the registry: then it is `foreign` for good, for
 * an address of the registry that somebody else chose is none to use the caller's rights on.
 */
interface Upload {
  url: URL;
  foreign: boolean;
}

async function uploadLocation(
  session: Session,
  response: FollowedResponse,
  from: Upload,
): Promise<Upload> {
  const location = response.header('location');
  response.discard();
  if (location === undefined) {
    throw new BryoError('registry-failed', `registry ${session.options.host} named no upload`);
  }
  let url: URL;
  try {
    url = new URL(location, from.url);
  } catch {
    const { host } = from.url;
    throw new BryoError('bad-redirect', `registry ${host} names an invalid upload address`);
  }
  const registry = await originOf(session);
  checkTarget(url, registry);
  return { url, foreign: from.foreign || response.strayed || url.origin !== registry.origin };
}

async function hasBlob(session: Session, digest: string): Promise<boolean> {
  const response = await ask(session, {
    kind: 'blob',
    method: 'HEAD',
    path: `${session.options.repository}/blobs/${digest}`,
    what: `checking whether a blob ${digest} exists in ${describe(session)}`,
    headers: {},
    expected: [404],
  });
  response.discard();
  return response.status === 200;
}

async function startUpload(session: Session, query = ''): Promise<Upload | null> {
  const path = `${session.options.repository}/blobs/uploads/${query}`;
  const response = await ask(session, {
    kind: 'upload',
    method: 'POST',
    path,
    what: describe(session),
    headers: { 'content-length': '0' },
    expected: [201, 202],
  });
  if (response.status === 201) {
    response.discard();
    return null;
  }
  const url = new URL(`/v2/${path}`, await originOf(session));
  return uploadLocation(session, response, { url, foreign: false });
}

async function mountBlob(session: Session, digest: string, from: string): Promise<boolean> {
  if (!session.readable.has(from)) {
    session.readable.add(from);
    // The next answer of the registry asks for a token that covers both repositories.
    session.authorization = null;
  }
  const query = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const upload = await startUpload(session, query);
  if (upload === null) return true;
  // Left open it would stay on the registry's disk until it expires.
  const ended = await ask(session, {
    kind: 'upload',
    method: 'DELETE',
    path: '',
    ...upload,
    what: describe(session),
    headers: {},
    expected: [202, 204, 404, 405],
  }).catch(() => null);
  ended?.discard();
  return false;
}

async function finishUpload(
  session: Session,
  upload: Upload,
  source: UploadSource,
  whole: boolean,
): Promise<void> {
  const url = new URL(upload.url);
  url.searchParams.set('digest', source.digest);
  const response = await ask(session, {
    kind: 'upload',
    method: 'PUT',
    path: '',
    url,
    foreign: upload.foreign,
    what: describe(session),
    headers: {
      'content-length': String(whole ? source.size : 0),
      ...(whole && { 'content-type': 'application/octet-stream' }),
    },
    ...(whole && { body: () => source.read(0) }),
    expected: [201, 204],
  });
  response.discard();
}

/** How many bytes of an upload the registry has (`Range: 0-N`). */
async function receivedBytes(
  session: Session,
  upload: Upload,
): Promise<{ at: number; next: Upload }> {
  const response = await ask(session, {
    kind: 'upload',
    path: '',
    ...upload,
    what: describe(session),
    headers: {},
    expected: [204],
  });
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.header('range') ?? '')?.[1];
  const at = last === undefined || last === '0' ? 0 : Number(last) + 1;
  if (response.header('location') !== undefined) {
    return { at, next: await uploadLocation(session, response, upload) };
  }
  response.discard();
  return { at, next: upload };
}

async function sendFrom(session: Session, upload: Upload, source: UploadSource, offset: number) {
  const response = await ask(session, {
    kind: 'upload',
    method: 'PATCH',
    path: '',
    ...upload,
    what: describe(session),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(source.size - offset),
      ...(offset > 0 && { 'content-range': `${offset}-${source.size - 1}` }),
    },
    body: () => source.read(offset),
    expected: [201, 202, 204],
  });
  return uploadLocation(session, response, upload);
}

async function putInPieces(session: Session, source: UploadSource): Promise<void> {
  let upload = await startUpload(session);
  if (upload === null) return;
  let offset = 0;
  let cut = false;
  upload = await retrying(session, async () => {
    if (upload === null) throw new BryoError('registry-failed', 'the upload has gone');
    if (cut) ({ at: offset, next: upload } = await receivedBytes(session, upload));
    cut = true;
    return offset >= source.size ? upload : await sendFrom(session, upload, source, offset);
  });
  await finishUpload(session, upload, source, false);
}

async function putBlob(session: Session, source: UploadSource): Promise<void> {
  if (source.size > monolithicLimit) return putInPieces(session, source);
  await retrying(session, async () => {
    const upload = await startUpload(session);
    if (upload !== null) await finishUpload(session, upload, source, true);
  });
}

async function putManifest(
  session: Session,
  tagOrDigest: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<void> {
  const response = await ask(session, {
    kind: 'upload-manifest',
    method: 'PUT',
    path: `${session.options.repository}/manifests/${tagOrDigest}`,
    what: `${describe(session)}${tagOrDigest.includes(':') ? '@' : ':'}${tagOrDigest}`,
    headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
    body: () => bytes,
    expected: [201, 204],
  });
  response.discard();
}

export function createRegistryWriter(options: ClientOptions): RegistryWriter {
  const session = openSession({ ...options, actions: 'pull,push' });
  const named = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw nameFailure(session, error);
    }
  };
  const again = <T>(action: () => Promise<T>) => named(() => retrying(session, action));
  return {
    hasBlob: (digest) => again(() => hasBlob(session, digest)),
    mountBlob: (digest, from) => again(() => mountBlob(session, digest, from)),
    putBlob: (source) => named(() => putBlob(session, source)),
    putManifest: (tagOrDigest, mediaType, bytes) =>
      again(() => putManifest(session, tagOrDigest, mediaType, bytes)),
    close: () => session.transport.close(),
  };
}
