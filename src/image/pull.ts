import { BryoError } from '../base/errors.ts';
import { clientOptions, type RegistryAccess } from '../registry/access.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import { digestHex } from './digest.ts';
import type { BlobSource } from './fetch-layer.ts';
import { digestBytes, verifyBytes, verifyDescribed } from './hash.ts';
import { type IncomingManifest, type IngestOptions, ingestImage } from './ingest.ts';
import { type Platform, parseManifest, parseSingleManifest } from './manifest.ts';
import { selectManifest } from './platform.ts';
import type { PolicyGate } from './policy/gate.ts';
import { registrySignatures } from './policy/registry-signatures.ts';
import { dockerScopes } from './policy/scopes.ts';
import { formatReference, type Reference } from './reference.ts';
import type { ResolvedImage } from './resolve.ts';
import type { ImageSource } from './sources.ts';

/** Which image, and how its registry is to be talked to. */
export interface LookUpOptions extends RegistryAccess {
  reference: Reference;
  platform: Platform;
  /** Where to look for the image, in this order; none: where its name says. */
  sources?: readonly ImageSource[];
}

export interface PullOptions extends LookUpOptions, IngestOptions {
  gate: PolicyGate;
}

async function fetchManifest(
  client: RegistryClient,
  { reference, platform }: LookUpOptions,
): Promise<IncomingManifest> {
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  const first = await client.getManifest(wanted);
  if (reference.digest !== null) verifyBytes(first.bytes, reference.digest, 'the manifest');
  const digest = reference.digest ?? digestBytes(first.bytes);
  const document = parseManifest(first.bytes, first.mediaType);
  if (document.kind === 'manifest') {
    return { bytes: first.bytes, manifest: document, digest, indexDigest: null };
  }
  const chosen = selectManifest(document, platform, formatReference(reference));
  const { bytes, mediaType } = await client.getManifest(chosen.digest);
  verifyDescribed(bytes, chosen, 'the manifest');
  const manifest = parseSingleManifest(bytes, mediaType);
  return { bytes, manifest, digest: chosen.digest, indexDigest: digest };
}

/** An image pulled by digest gets no name: whoever wrote the digest did not choose the tag. */
function nameFor(reference: Reference): string | null {
  return reference.digest === null ? formatReference(reference) : null;
}

/**
 * Pulls an image: manifest, config and layers, each verified against the digest that names it. The
 * image gets its name only when everything is on the disk.
 *
 * Throws BryoError; nothing that was downloaded stays behind then, except whole layers and, when the
 * registry fails, the beginnings of others: the next pull goes on with them.
 */
export function pullImage(options: PullOptions): Promise<ResolvedImage> {
  // The image's own name, as with podman, whichever mirror has it.
  options.onProgress({ kind: 'trying', name: formatReference(options.reference) });
  return fromSources(options, (source, isOwn) => pullFrom(source, isOwn, options));
}

/** The id that an image has in its registry now; fetches its manifest only. Throws BryoError. */
export function remoteImageId(options: LookUpOptions): Promise<string> {
  return fromSources(options, async (source, isOwn) => {
    const client = createRegistryClient(connectionTo(source, isOwn, options));
    try {
      return digestHex((await fetchManifest(client, options)).manifest.config.digest);
    } finally {
      client.close();
    }
  });
}

const contentErrors: ReadonlySet<string> = new Set(['bad-image', 'wrong-digest', 'wrong-size']);

/** An error about the content that a registry sent says which image of which registry it was. */
function withPlace(error: unknown, source: ImageSource, reference: Reference): unknown {
  if (!(error instanceof BryoError) || !contentErrors.has(error.code)) return error;
  const place = formatReference({ ...reference, domain: source.domain, path: source.path });
  const { code, message, hint, exitCode } = error;
  const options = { exitCode, cause: error, ...(hint !== undefined && { hint }) };
  return new BryoError(code, `${place}: ${message}`, options);
}

async function fromSources<T>(
  options: LookUpOptions,
  use: (source: ImageSource, isOwn: boolean) => Promise<T>,
): Promise<T> {
  const { domain, path } = options.reference;
  const sources = options.sources ?? [{ domain, path, insecure: false }];
  const problems: BryoError[] = [];
  for (const source of sources) {
    try {
      return await use(source, source === sources.at(-1));
    } catch (cause) {
      const error = withPlace(cause, source, options.reference);
      // A mirror without the image is no reason to stop.
      if (!(error instanceof BryoError) || source === sources.at(-1)) throw error;
      problems.push(error);
    }
  }
  throw problems[0] ?? new BryoError('no-source', `${domain}/${path}: nowhere to pull from`);
}

/** Credentials of the command line are meant for the registry and not for its mirrors. */
function connectionTo(source: ImageSource, isOwn: boolean, options: LookUpOptions) {
  return clientOptions(source, isOwn ? options : { ...options, credentials: null });
}

async function pullFrom(
  source: ImageSource,
  isOwn: boolean,
  options: PullOptions,
): Promise<ResolvedImage> {
  const { reference } = options;
  const connection = connectionTo(source, isOwn, options);
  const client = createRegistryClient(connection);
  const place = { ...reference, domain: source.domain, path: source.path };
  try {
    const incoming = await fetchManifest(client, options);
    const { digest, bytes } = incoming;
    await options.gate.admit({
      transport: 'docker',
      scopes: dockerScopes(reference),
      identity: reference,
      shown: formatReference(reference),
      manifest: bytes,
      signatures: registrySignatures({ place, digest, client, options: connection }),
    });
    const { domain, path } = reference;
    const origin = reference.digest === null ? {} : { repository: `${domain}/${path}` };
    const blobs: BlobSource = { getBlob: client.getBlob, resumable: true };
    return await ingestImage(blobs, { ...incoming, ...origin }, nameFor(reference), options);
  } finally {
    client.close();
  }
}
