import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { makeHash } from '../../base/hash.ts';
import { type ArtifactFile, makeArtifact, sniffedType } from '../../image/artifact.ts';
import { parseDigest } from '../../image/digest.ts';
import { digestBytes } from '../../image/hash.ts';
import { initLayout } from '../../image/layout.ts';
import { type ListEntry, resolveList } from '../../image/lists.ts';
import { mediaTypes } from '../../image/media-types.ts';
import { stagingPath } from '../../store/staging.ts';
import type { Engine } from '../engine.ts';
import { addEntries, type EntryChanges } from './manifest-lists.ts';

/** Files that become an artifact in a list (podman-manifest-add(1), --artifact). */
export interface AddArtifactRequest {
  files: readonly string[];
  type: string;
  /** A file with the configuration; null: none. */
  config: string | null;
  configType: string | null;
  /** The type of each file; null: what its beginning tells. */
  layerType: string | null;
  titles: boolean;
  annotations: Readonly<Record<string, string>>;
  /** An image of the store; null: none. */
  subject: string | null;
  changes: EntryChanges;
}

const piece = 1 << 20;

/** Copies a file into the store's staging directory and tells what it is. */
async function stageFile(
  engine: Engine,
  path: string,
  layerType: string | null,
): Promise<ArtifactFile & { staged: string }> {
  const staged = stagingPath(engine.store);
  const hash = makeHash('sha256');
  let size = 0;
  let beginning: Uint8Array = new Uint8Array();
  async function* observed(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      if (size === 0) beginning = part;
      size += part.length;
      hash.update(part);
      yield part;
    }
  }
  try {
    const source = createReadStream(path, { highWaterMark: piece });
    await pipeline(source, observed, createWriteStream(staged, { mode: 0o600, flags: 'wx' }));
  } catch (cause) {
    await rm(staged, { force: true });
    const why = errnoCode(cause) === 'ENOENT' ? 'no such file or directory' : errnoCode(cause);
    throw new BryoError('no-such-file', `${path}: ${why ?? String(cause)}`, { cause });
  }
  const mediaType = layerType ?? sniffedType(beginning);
  return { title: basename(path), digest: `sha256:${hash.digest('hex')}`, size, mediaType, staged };
}

function readConfig(path: string | null): { bytes: Uint8Array } | null {
  if (path === null) return null;
  try {
    const bytes = readFileSync(path);
    return bytes.length === 0 ? null : { bytes };
  } catch (cause) {
    throw new BryoError('no-such-file', `--artifact-config ${path}: ${errnoCode(cause) ?? cause}`, {
      cause,
    });
  }
}

async function subjectOf({ store }: Engine, name: string | null) {
  if (name === null) return null;
  const { resolveImage } = await import('../../image/resolve.ts');
  const { readBlob } = await import('../../image/layout.ts');
  const { manifest, manifestDigest } = resolveImage(store, name);
  const digest = parseDigest(manifestDigest);
  return { mediaType: manifest.mediaType, digest, size: readBlob(store, digest).length };
}

/** Makes an artifact of files and adds it to a list; gives the list's new digest. */
export async function addArtifact(
  engine: Engine,
  name: string,
  request: AddArtifactRequest,
): Promise<string> {
  const list = resolveList(engine.store, name);
  const config = readConfig(request.config);
  const subject = await subjectOf(engine, request.subject);
  initLayout(engine.store);
  const staged = new Map<string, string>();
  const release = async (): Promise<void> => {
    await Promise.all([...staged.values()].map((path) => rm(path, { force: true })));
  };
  try {
    const files: ArtifactFile[] = [];
    for (const path of request.files) {
      const { staged: copy, ...file } = await stageFile(engine, path, request.layerType);
      if (staged.has(file.digest)) await rm(copy, { force: true });
      else staged.set(file.digest, copy);
      files.push(file);
    }
    const made = makeArtifact({ ...request, files, config, subject });
    const digest = digestBytes(made.manifest);
    const entry: ListEntry = {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: made.manifest.length,
      ...(request.type !== '' && { artifactType: request.type }),
    };
    const documents = new Map([
      [digestBytes(made.config), made.config],
      [digest, made.manifest],
    ]);
    const found = { entries: [entry], incoming: { staged, documents }, release };
    return await addEntries(engine, list, found, request.changes);
  } catch (error) {
    await release();
    throw error;
  }
}
