import { readFileSync, statSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { readSmall } from './archive-files.ts';
import { digestHex } from './digest.ts';
import { digestBytes, verifyDescribed } from './hash.ts';
import { ingestImage } from './ingest.ts';
import { fileSource, type LoadContext, usableNames } from './load-context.ts';
import { parseManifest, parseSingleManifest } from './manifest.ts';
import { selectManifest } from './platform.ts';
import type { SignatureSource } from './policy/check.ts';
import { pathScopes } from './policy/scopes.ts';
import type { ResolvedImage } from './resolve.ts';

const signatureLimit = 4 * 1024 * 1024;
const countLimit = 128;

/** `signature-1`, `signature-2`, …; those of a manifest in an index have its digest before that. */
function storedSignatures({ files }: LoadContext, prefix: string): SignatureSource {
  return {
    async *simple() {
      for (let index = 1; index <= countLimit; index += 1) {
        const path = files.find(`${prefix}signature-${index}`);
        if (path === null) return;
        if (statSync(path).size > signatureLimit) {
          throw new BryoError('too-large', `the signature ${path} is larger than 4 MiB`);
        }
        yield readFileSync(path);
      }
    },
    async *sigstore() {},
  };
}

/** Takes the image of a directory in that skopeo and podman call `dir:`. */
export async function loadDir(context: LoadContext): Promise<ResolvedImage[]> {
  const { files, path } = context;
  let bytes = readSmall(files, 'manifest.json');
  let document = parseManifest(bytes);
  let digest = digestBytes(bytes);
  let prefix = '';
  const indexDigest = document.kind === 'index' ? digest : null;
  if (document.kind === 'index') {
    const chosen = selectManifest(document, context.platform, 'the directory');
    prefix = `${digestHex(chosen.digest)}-`;
    digest = chosen.digest;
    bytes = readSmall(files, `${digestHex(digest)}.manifest.json`);
    verifyDescribed(bytes, chosen, 'the manifest of the directory');
    document = parseSingleManifest(bytes, chosen.mediaType);
  }
  await context.gate.admit({
    transport: 'dir',
    scopes: path === null ? [] : pathScopes(path, null),
    identity: null,
    shown: `dir:${path ?? '-'}`,
    manifest: bytes,
    signatures: storedSignatures(context, prefix),
  });
  const source = fileSource((wanted) => {
    const found = files.find(digestHex(wanted));
    if (found !== null) return found;
    throw new BryoError('bad-archive', `the directory lacks the blob ${wanted}`);
  });
  // podman's name for it: where it came from.
  const [name = null] = path === null ? [] : usableNames([`localhost${path}`]);
  const incoming = { bytes, manifest: document, digest, indexDigest };
  return [await ingestImage(source, incoming, name, context)];
}
