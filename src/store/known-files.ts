import { type Store, storePaths } from './paths.ts';
import { readRecordFile, writeRecordFile } from './record-file.ts';
import { within } from './staging.ts';
import { makeStoreDirectory } from './store-dirs.ts';

/** Files that are remembered at most: those that were read last. */
const mostFiles = 2048;

/** build/files.json. */
interface Remembered {
  files: [key: string, digest: string][];
}

function isRemembered(value: unknown): value is Remembered {
  const { files } = (value ?? {}) as Partial<Remembered>;
  const isText = (one: unknown): boolean => typeof one === 'string';
  return (
    Array.isArray(files) &&
    files.every((entry) => Array.isArray(entry) && entry.length === 2 && entry.every(isText))
  );
}

/** Digests of large files of contexts that earlier builds have read: build/files.json. */
export function readKnownFiles(store: Store): Map<string, string> {
  const reading = readRecordFile(storePaths.buildFiles(store), isRemembered);
  return new Map(reading.kind === 'sound' ? reading.value.files : []);
}

/** Remembers files that were read. Of two builds that do so at the same time one may be forgotten. */
export function rememberFiles(store: Store, read: ReadonlyMap<string, string>): void {
  if (read.size === 0) return;
  const known = readKnownFiles(store);
  for (const [key, digest] of read) {
    known.delete(key);
    known.set(key, digest);
  }
  makeStoreDirectory(store, storePaths.build(store));
  const files = [...known].slice(-mostFiles);
  writeRecordFile(storePaths.buildFiles(store), { files }, 'volatile', within(store));
}
