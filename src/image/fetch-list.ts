import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { RegistryClient } from '../registry/client.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { parseConfig } from './config.ts';
import { digestBytes, StreamVerifier, verifyBytes, verifyDescribed } from './hash.ts';
import { arrayAt, type JsonObject, objectAt } from './json-shape.ts';
import { hasWholeBlob, initLayout, readBlob } from './layout.ts';
import type { Incoming, ListEntry } from './lists.ts';
import { type Descriptor, type Platform, parseManifest } from './manifest.ts';
import { isConfigType } from './media-types.ts';
import { selectManifest } from './platform.ts';
import type { PullProgress } from './progress.ts';
import { formatReference, type Reference } from './reference.ts';
import { readDocument, type StoredDocument } from './stored-documents.ts';

export interface FetchListOptions {
  store: Store;
  client: RegistryClient;
  reference: Reference;
  /** Of an index: every manifest; otherwise the one for this platform. */
  all: boolean;
  platform: Platform;
  /** Asks the policy. */
  admit(manifest: Uint8Array): Promise<void>;
  onProgress(event: PullProgress): void;
}

/** A platform in the form that lists have. */
export function platformMember({ os, architecture, variant }: Platform): JsonObject {
  return { architecture, os, ...(variant !== null && variant !== '' && { variant }) };
}

/** Fetches manifests with all that hangs on them, of whatever kind, without unpacking anything. */
class Fetching {
  readonly staged = new Map<string, string>();
  readonly documents = new Map<string, Uint8Array>();
  readonly #options: FetchListOptions;

  constructor(options: FetchListOptions) {
    this.#options = options;
  }

  async blob(descriptor: Descriptor): Promise<void> {
    const { digest, size } = descriptor;
    const { store, client, onProgress } = this.#options;
    if (this.staged.has(digest)) return;
    if (hasWholeBlob(store, descriptor)) return onProgress({ kind: 'exists', digest });
    const path = stagingPath(store);
    this.staged.set(digest, path);
    const file = await open(path, 'wx', 0o600);
    const verifier = new StreamVerifier(digest, size);
    onProgress({ kind: 'start', digest, total: size });
    try {
      for await (const part of client.getBlob(digest, size)) {
        verifier.update(part);
        await file.writeFile(part);
        onProgress({ kind: 'progress', digest, received: verifier.received, total: size });
      }
      verifier.finish();
    } finally {
      await file.close();
    }
    onProgress({ kind: 'done', digest });
  }

  /** A document by the descriptor of an index, and everything below it. */
  async below(descriptor: Descriptor): Promise<void> {
    const { digest, mediaType } = descriptor;
    if (this.documents.has(digest)) return;
    const { bytes } = await this.#options.client.getManifest(digest);
    verifyDescribed(bytes, descriptor, 'the manifest');
    await this.document(bytes, readDocument(bytes, mediaType));
  }

  async document(bytes: Uint8Array, document: StoredDocument): Promise<void> {
    this.documents.set(digestBytes(bytes), bytes);
    if (document.kind === 'index') {
      for (const part of document.parts) await this.below(part);
      return;
    }
    await this.#options.admit(bytes);
    for (const part of document.parts) await this.blob(part);
  }

  /** The image configuration's platform; artifacts have none. */
  platformOf({ content, parts }: StoredDocument): Platform | null {
    const [config] = parts;
    if (content['config'] === undefined || !config || !isConfigType(config.mediaType)) return null;
    const staged = this.staged.get(config.digest);
    const bytes = staged === undefined ? null : readFileSync(staged);
    const { os, architecture, variant } = parseConfig(
      bytes ?? readBlob(this.#options.store, config.digest),
    );
    return { os, architecture, variant };
  }
}

/** A manifest's entry in a list: an artifact's kind stands in for its platform. */
export function entryOf(
  bytes: Uint8Array,
  { mediaType, content, parts }: StoredDocument,
  platform: Platform | null,
): ListEntry {
  const own = content['artifactType'];
  const config = content['config'] === undefined ? undefined : parts[0]?.mediaType;
  const artifactType = typeof own === 'string' ? own : config;
  return {
    mediaType,
    digest: digestBytes(bytes),
    size: bytes.length,
    ...(platform !== null && { platform: platformMember(platform) }),
    ...(platform === null && artifactType !== undefined && { artifactType }),
  };
}

/**
 * Fetches what a name of a registry stands for, as entries of a list. The files in `incoming` belong
 * to the caller until `release`. Errors: BryoError of the registry, `wrong-digest`,
 * `policy-rejected`; nothing stays behind then.
 */
export async function fetchEntries(
  options: FetchListOptions,
): Promise<{ entries: ListEntry[]; incoming: Incoming; release(): Promise<void> }> {
  const { store, client, reference } = options;
  initLayout(store);
  const fetching = new Fetching(options);
  const release = async (): Promise<void> => {
    await Promise.all([...fetching.staged.values()].map((path) => rm(path, { force: true })));
  };
  try {
    const first = await client.getManifest(reference.digest ?? reference.tag ?? 'latest');
    if (reference.digest !== null) verifyBytes(first.bytes, reference.digest, 'the manifest');
    const document = readDocument(first.bytes, first.mediaType);
    if (document.kind === 'manifest') {
      await fetching.document(first.bytes, document);
      const entries = [entryOf(first.bytes, document, fetching.platformOf(document))];
      return { entries, incoming: fetching, release };
    }
    const items = arrayAt(document.content['manifests'], 'manifests');
    const written = document.parts.map((part, index): ListEntry => {
      const { digest, mediaType, size } = part;
      return { ...objectAt(items[index], `manifests[${index}]`), digest, mediaType, size };
    });
    const parsed = parseManifest(first.bytes, first.mediaType);
    const chosen =
      options.all || parsed.kind === 'manifest'
        ? document.parts
        : [selectManifest(parsed, options.platform, formatReference(reference))];
    for (const part of chosen) await fetching.below(part);
    const digests = new Set(chosen.map(({ digest }) => digest));
    const entries = written.filter(({ digest }) => digests.has(digest));
    return { entries, incoming: fetching, release };
  } catch (error) {
    await release();
    throw error;
  }
}
