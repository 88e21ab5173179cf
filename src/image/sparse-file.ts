import { type FileHandle, open } from 'node:fs/promises';

const block = 1 << 16;
const zeros = Buffer.alloc(block);

/**
 * Where the run ends that begins at `from` and is all zeros, or all not. Blocks are the file's own, and
 * pieces of a block at the ends are looked at, too: chunks begin anywhere in them.
 */
function endOfRun(bytes: Buffer, from: number, size: number): { end: number; hole: boolean } {
  let end = from;
  let hole: boolean | null = null;
  while (end < bytes.length) {
    const next = Math.min(bytes.length, end + block - ((size + end) % block));
    const empty = bytes.subarray(end, next).equals(zeros.subarray(0, next - end));
    hole ??= empty;
    if (empty !== hole) break;
    end = next;
  }
  return { end, hole: hole ?? false };
}

async function writeAt(file: FileHandle, bytes: Buffer, place: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, place + done)).bytesWritten;
  }
}

/** Writes a file that is not there yet. Long runs of zeros become holes: an archive can have any number. */
export async function writeSparseFile(
  path: string,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const { buffer, byteOffset, length } of source) {
      const bytes = Buffer.from(buffer, byteOffset, length);
      for (let from = 0; from < length; ) {
        const { end, hole } = endOfRun(bytes, from, size);
        if (!hole) await writeAt(file, bytes.subarray(from, end), size + from);
        from = end;
      }
      size += length;
    }
    await file.truncate(size);
  } finally {
    await file.close();
  }
}
