import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { claimFile } from '../store/atomic-file.ts';
import { readBounded } from './body.ts';
import { explainConnection, unreachable } from './failures.ts';
import { sendFollowing } from './redirects.ts';
import { type ClientOptions, defaultTimeouts } from './session.ts';
import { createTransport, type Transport } from './transport.ts';

const signatureLimit = 4 * 1024 * 1024;
/** Signatures of one image that are looked at. */
const countLimit = 128;

/** Where signatures lie by the digest of what they sign, outside of the registry. */
export interface LookasidePlace {
  /** `file:///…`, `https://…`. */
  base: string;
  /** Repository without its registry. */
  repository: string;
  digest: string;
}

function signatureUrl({ base, repository, digest }: LookasidePlace, index: number): URL {
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw new BryoError('bad-registries-d', `registries.d: ${JSON.stringify(base)} is no address`);
  }
  // An address names one algorithm and digest: no directory of one's own can hide in it.
  const name = `${repository}@${digest.replace(':', '=')}/signature-${index}`;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${name}`;
  return url;
}

function readLocal(path: string): Buffer | null {
  try {
    if (statSync(path).size > signatureLimit) {
      throw new BryoError('too-large', `the signature ${path} is larger than 4 MiB`);
    }
    return readFileSync(path);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

async function readRemote(transport: Transport, url: URL): Promise<Uint8Array | null> {
  try {
    const response = await sendFollowing(transport, { url, headers: {} });
    if (response.status === 404) {
      response.discard();
      return null;
    }
    if (response.status !== 200) {
      response.discard();
      throw new BryoError(
        'no-signatures',
        `${url.host} answered ${response.status} for signatures`,
      );
    }
    return await readBounded(response, signatureLimit, 'a signature');
  } catch (error) {
    if (error instanceof BryoError) throw error;
    throw unreachable(url.host, explainConnection(error));
  }
}

/** Reads the signatures of an image one after the other; no credentials are ever sent for them. */
export async function* readLookaside(
  place: LookasidePlace,
  options: ClientOptions,
): AsyncGenerator<Uint8Array> {
  const timeouts = options.timeouts ?? defaultTimeouts;
  const transport = createTransport({ ...options, certDir: null, ownHost: '', timeouts });
  try {
    for (let index = 1; index <= countLimit; index += 1) {
      const url = signatureUrl(place, index);
      const bytes =
        url.protocol === 'file:'
          ? readLocal(decodeURIComponent(url.pathname))
          : await readRemote(transport, url);
      if (bytes === null) return;
      yield bytes;
    }
  } finally {
    transport.close();
  }
}

/** Adds a signature to a storage on this machine. Errors: `no-signature-storage`. */
export function writeLookaside(place: LookasidePlace, signature: Uint8Array): string {
  for (let index = 1; index <= countLimit; index += 1) {
    const url = signatureUrl(place, index);
    if (url.protocol !== 'file:') {
      throw new BryoError('no-signature-storage', `signatures cannot be written to ${place.base}`, {
        hint: 'name a directory in registries.d: lookaside-staging: file:///…',
      });
    }
    const path = decodeURIComponent(url.pathname);
    mkdirSync(join(path, '..'), { recursive: true });
    if (readLocal(path)?.equals(signature)) return path;
    if (claimFile(path, signature, 'durable', { mode: 0o644 })) return path;
  }
  throw new BryoError('no-signature-storage', `${place.base} has ${countLimit} signatures already`);
}
