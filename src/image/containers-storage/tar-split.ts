import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ArchiveStep } from '../../store/assemble.ts';

const fileType = 1;
const segmentType = 2;
/** Checksum of no bytes: some archivers give hard links the size of what they link to. */
const noContent = 'AAAAAAAAAAA=';

function readStep(line: string, path: string): ArchiveStep | null {
  const wrong = () => new BryoError('bad-storage', `${path} is damaged`);
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    throw wrong();
  }
  const { type, payload, name, name_raw: raw, size } = entry;
  if (type === segmentType) {
    if (typeof payload !== 'string') throw wrong();
    return { kind: 'bytes', bytes: Buffer.from(payload, 'base64') };
  }
  if (type !== fileType) throw wrong();
  // Without a size it is a directory, a link or an empty file: its header is all of it.
  if (size === undefined || size === 0 || payload === noContent) return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw wrong();
  if (typeof raw === 'string') return { kind: 'file', name: Buffer.from(raw, 'base64'), size };
  if (typeof name !== 'string') throw wrong();
  return { kind: 'file', name: Buffer.from(name), size };
}

/**
 * The steps that make a layer's archive again, byte for byte: tar-split keeps the headers and the
 * padding, and the files have the rest. Errors: `bad-storage`.
 */
export async function* readTarSplit(path: string): AsyncGenerator<ArchiveStep> {
  const source = createReadStream(path);
  const plain = source.on('error', (error) => plain.destroy(error)).pipe(createGunzip());
  try {
    for await (const line of createInterface({
      input: plain,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const step = line === '' ? null : readStep(line, path);
      if (step !== null) yield step;
    }
  } catch (cause) {
    if (cause instanceof BryoError) throw cause;
    if (errnoCode(cause) === 'ENOENT') {
      throw new BryoError('bad-storage', `${path} is missing: the layer cannot be made again`, {
        hint: 'podman save, then bryo load',
      });
    }
    throw new BryoError('bad-storage', `${path} is damaged`, { cause });
  }
}
