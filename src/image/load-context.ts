import { createReadStream } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import type { ArchiveFiles } from './archive-files.ts';
import type { Digest } from './digest.ts';
import type { BlobSource } from './fetch-layer.ts';
import type { IngestOptions } from './ingest.ts';
import type { Platform } from './manifest.ts';
import type { PolicyGate } from './policy/gate.ts';
import { formatReference, parseReference } from './reference.ts';

export interface LoadContext extends IngestOptions {
  files: ArchiveFiles;
  /** The files come out of a tar. */
  packed: boolean;
  gate: PolicyGate;
  platform: Platform;
  /** Where the files come from, as policies see it; null: a stream. */
  path: string | null;
  /** Only this one: a name, or `@N`; null: all. */
  wanted: string | null;
}

/** Names of an archive are hostile: what is no reference is left out. */
export function usableNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    try {
      return [formatReference(parseReference(name))];
    } catch {
      return [];
    }
  });
}

/** The blobs of an archive or directory; they are verified by whoever takes them in. */
export function fileSource(find: (digest: Digest) => string): BlobSource {
  return {
    getBlob: (digest) =>
      createReadStream(find(digest as Digest), {
        highWaterMark: 1 << 20,
      }) as AsyncIterable<Buffer>,
  };
}

/** The entries that are asked for; `namesOf` gives an entry's names as they are written. */
export function chooseEntries<T>(
  entries: readonly T[],
  context: LoadContext,
  namesOf: (entry: T) => readonly string[],
): T[] {
  const { wanted } = context;
  if (wanted === null) return [...entries];
  const index = /^@(\d{1,6})$/.exec(wanted)?.[1];
  const full = usableNames([wanted]);
  const found =
    index === undefined
      ? entries.filter((entry) =>
          namesOf(entry).some((name) => name === wanted || full.includes(name)),
        )
      : entries.slice(Number(index), Number(index) + 1);
  if (found.length > 0) return found.slice(0, 1);
  throw new BryoError('no-such-image', `${context.path ?? 'the archive'} has no image ${wanted}`);
}
