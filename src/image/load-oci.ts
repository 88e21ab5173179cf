import { BryoError } from '../base/errors.ts';
import { readSmall } from './archive-files.ts';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';
import { verifyDescribed } from './hash.ts';
import { ingestImage } from './ingest.ts';
import { arrayAt, parseObject } from './json-shape.ts';
import { chooseEntries, fileSource, type LoadContext, usableNames } from './load-context.ts';
import { type Descriptor, parseManifest, parseSingleManifest, readDescriptor } from './manifest.ts';
import { selectManifest } from './platform.ts';
import { unsigned } from './policy/check.ts';
import { pathScopes } from './policy/scopes.ts';
import { parseReference } from './reference.ts';
import type { ResolvedImage } from './resolve.ts';

const nameAnnotations = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

function writtenNames({ annotations }: Descriptor): string[] {
  return nameAnnotations.flatMap((key) => annotations[key] ?? []);
}

/**
 * The name of an OCI layout's entry. Archivers write a full name or, as the specification has it,
 * often a bare tag; such a tag must not become an image of Docker Hub.
 */
function entryName(entry: Descriptor): string | null {
  const [name] = writtenNames(entry);
  const [usable] = usableNames(name === undefined ? [] : [name]);
  if (name === undefined || usable === undefined) return null;
  const { short } = parseReference(name);
  return short ? usable.replace(/^docker\.io\/(?:library\/)?/, 'localhost/') : usable;
}

async function loadEntry(context: LoadContext, entry: Descriptor): Promise<ResolvedImage> {
  const { files, path } = context;
  const blobName = (digest: Digest) => `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
  const blob = (described: Descriptor): Uint8Array => {
    const found = readSmall(files, blobName(described.digest));
    verifyDescribed(found, described, 'the blob of the archive');
    return found;
  };
  let { digest } = entry;
  let bytes = blob(entry);
  let document = parseManifest(bytes, entry.mediaType);
  const indexDigest = document.kind === 'index' ? digest : null;
  if (document.kind === 'index') {
    const chosen = selectManifest(document, context.platform, 'the archive');
    digest = chosen.digest;
    bytes = blob(chosen);
    document = parseSingleManifest(bytes, chosen.mediaType);
  }
  const transport = context.packed ? 'oci-archive' : 'oci';
  const name = entryName(entry);
  await context.gate.admit({
    transport,
    scopes: path === null ? [] : pathScopes(path, writtenNames(entry)[0] ?? null),
    identity: null,
    shown: `${transport}:${path ?? '-'}${name === null ? '' : `:${name}`}`,
    manifest: bytes,
    signatures: unsigned,
  });
  const source = fileSource((wanted) => {
    const found = files.find(blobName(wanted));
    if (found !== null) return found;
    throw new BryoError('bad-archive', `the archive lacks the blob ${wanted}`);
  });
  const incoming = { bytes, manifest: document, digest, indexDigest };
  return ingestImage(source, incoming, name, context);
}

/** Takes the images of an OCI image layout (image-layout.md) in. */
export async function loadOci(context: LoadContext): Promise<ResolvedImage[]> {
  const index = parseObject(readSmall(context.files, 'index.json'), 'index.json');
  const entries = arrayAt(index['manifests'], 'index.manifests').map((item, at) =>
    readDescriptor(item, `index.manifests[${at}]`),
  );
  const loaded: ResolvedImage[] = [];
  for (const entry of chooseEntries(entries, context, writtenNames)) {
    loaded.push(await loadEntry(context, entry));
  }
  return loaded;
}
