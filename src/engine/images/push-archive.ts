import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { type ArchiveWriter, directoryWriter, tarWriter } from '../../image/archive-writer.ts';
import type { Conversion } from '../../image/convert.ts';
import { arrayAt, objectAt, parseObject } from '../../image/json-shape.ts';
import { readDescriptor } from '../../image/manifest.ts';
import { mediaTypes } from '../../image/media-types.ts';
import { formatReference, parseReference } from '../../image/reference.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import {
  indexEntries,
  type NamedImage,
  saveBlobs,
  saveDir,
  saveLayoutHead,
  saveOci,
} from '../../image/save.ts';
import { type OutgoingList, saveListBlobs, saveListDir } from '../../image/save-list.ts';
import type { TransportReference } from '../../image/transport.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import type { Engine } from '../engine.ts';
import { withOutgoing, writeDocker } from './save.ts';
import { makeEmptyDirectory, writeArchive } from './write-archive.ts';

const nameAnnotation = 'org.opencontainers.image.ref.name';

/** An image or a list that an OCI layout gets. */
interface LayoutAddition {
  digest: string;
  /** Null: it has none there. */
  name: string | null;
  entries: readonly object[];
  save(writer: ArchiveWriter): Promise<void>;
}

function imageAddition(image: NamedImage): LayoutAddition {
  const { digest } = image.outgoing;
  const [name = null] = image.names;
  const save = (writer: ArchiveWriter): Promise<void> => saveBlobs([image], writer);
  return { digest, name, entries: indexEntries([image]), save };
}

/** Adds to an OCI layout; an entry that has the name loses its place. */
async function addToLayout(path: string, added: LayoutAddition): Promise<void> {
  const indexPath = join(path, 'index.json');
  if (!existsSync(indexPath)) {
    makeEmptyDirectory(path, 'oci:');
    writeFileAtomic(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}', 'volatile', {
      mode: 0o644,
    });
  }
  const known = existsSync(indexPath) ? parseObject(readFileSync(indexPath), indexPath) : {};
  const kept = arrayAt(known['manifests'] ?? [], `${indexPath}: manifests`).filter((item, at) => {
    const { annotations, digest } = readDescriptor(item, `${indexPath}: manifests[${at}]`);
    return added.name === null
      ? digest !== added.digest || annotations[nameAnnotation] !== undefined
      : annotations[nameAnnotation] !== added.name;
  });
  mkdirSync(join(path, 'blobs', 'sha256'), { recursive: true, mode: 0o755 });
  await added.save(directoryWriter(path));
  const manifests = [...kept.map((item) => objectAt(item, indexPath)), ...added.entries];
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, ...known, manifests };
  writeFileAtomic(indexPath, JSON.stringify(index), 'volatile', { mode: 0o644 });
}

function requireAbsent(path: string): void {
  if (!existsSync(path)) return;
  throw new BryoError('file-exists', `${path} exists already, and archives are not added to`);
}

/** Sends an image to a file or directory; gives the digest of its manifest, if it has one there. */
export async function pushToPath(
  engine: Engine,
  image: ResolvedImage,
  place: Exclude<TransportReference, { transport: 'docker' }>,
  conversion: Conversion,
): Promise<string> {
  if (place.transport === 'containers-storage') {
    throw new BryoError('unsupported-transport', 'nothing is written to another store of images', {
      hint: 'bryo save IMAGE | podman load',
    });
  }
  const { path, transport } = place;
  if (transport === 'docker-archive') {
    if (conversion.format === 'oci' || conversion.compression !== null) {
      throw new BryoError(
        'usage',
        'a docker-archive has layers without compression, and no OCI form',
      );
    }
    requireAbsent(path);
    const names = place.image === null ? [] : [formatReference(parseReference(place.image))];
    await writeArchive(path, (output) =>
      writeDocker(engine, [{ image, names }], tarWriter(output)),
    );
    return image.manifestDigest;
  }
  if (transport !== 'dir' && conversion.format === 'v2s2') {
    throw new BryoError('usage', `${transport}: takes images of the format oci`);
  }
  const names = place.image === null ? [] : [place.image];
  const format = transport === 'dir' ? conversion.format : 'oci';
  let digest = '';
  const sent: Conversion = { ...conversion, format, compressPlain: transport !== 'dir' };
  await withOutgoing(engine, [{ image, names }], sent, async ([named]) => {
    if (named === undefined) return;
    digest = named.outgoing.digest;
    if (transport === 'oci') return addToLayout(path, imageAddition(named));
    if (transport === 'dir') {
      makeEmptyDirectory(path, 'dir:');
      return saveDir(named.outgoing, directoryWriter(path));
    }
    return writeArchive(path, (output) => saveOci([named], tarWriter(output)));
  });
  return digest;
}

/** Sends a list, and all that goes with it, to a directory or an archive. */
export async function pushListToPath(
  { store }: Engine,
  list: OutgoingList,
  place: Exclude<TransportReference, { transport: 'docker' }>,
): Promise<void> {
  const { transport } = place;
  if (transport === 'containers-storage' || transport === 'docker-archive') {
    throw new BryoError('usage', `${transport}: takes images, and no lists`, {
      hint: 'oci:, oci-archive:, dir: and registries take lists',
    });
  }
  const { path, image: name } = place;
  if (transport === 'dir') {
    makeEmptyDirectory(path, 'dir:');
    return saveListDir(store, list, directoryWriter(path));
  }
  const { digest, mediaType } = list;
  const descriptor = { mediaType, digest, size: list.bytes.length };
  const annotations = name === null ? undefined : { [nameAnnotation]: name };
  const entries = [{ ...descriptor, ...(annotations && { annotations }) }];
  const save = (writer: ArchiveWriter): Promise<void> => saveListBlobs(store, list, writer);
  if (transport === 'oci') return addToLayout(path, { digest, name, entries, save });
  requireAbsent(path);
  await writeArchive(path, async (output) => {
    const writer = tarWriter(output);
    await saveLayoutHead(entries, writer);
    await save(writer);
    await writer.finish();
  });
}
