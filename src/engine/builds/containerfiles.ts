import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BryoError } from '../../base/errors.ts';
import { nameOfBytes } from '../../base/file-names.ts';
import { ignoreLines } from '../../containerfile/ignore.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import { isRemote } from '../../request/build-words.ts';
import { mostText, readInside, readNamedFile } from './read-file.ts';

/** Where Containerfiles and the ignore file are looked for. */
export interface FileSearch {
  /** As given with --file; empty: the context's own. */
  files: readonly string[];
  context: { directory: string; text: string | null };
  /** The context came from elsewhere: relative names are first looked for in it. */
  fetched: boolean;
  /** Names of the context's own Containerfile, best first. */
  names: readonly string[];
  stdin: Readable;
  /** How web servers are reached; absent: as nobody has said otherwise. */
  access?: RegistryAccess | undefined;
  cppFlags: readonly string[];
}

/** A Containerfile's text, with its name for errors. */
export interface FoundFile {
  name: string;
  text: string;
  /** The path on the host, for ignore files beside it; null: it has none. */
  path: string | null;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Reads all of a stream that is a Containerfile. */
export async function readText(source: Readable, shown: string): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostText) throw new BryoError('bad-build-context', `${shown} is larger than 16 MiB`);
    pieces.push(Buffer.from(piece));
  }
  return nameOfBytes(Buffer.concat(pieces));
}

function findOwn({ context, names }: FileSearch): FoundFile {
  if (context.text !== null) return { name: 'Containerfile', text: context.text, path: null };
  for (const name of names) {
    const path = join(context.directory, name);
    if (isDirectory(path)) {
      throw new BryoError(
        'bad-build-context',
        `${name.toLowerCase()}:  cannot be path or directory`,
      );
    }
    const text = readInside(context.directory, name);
    if (text !== null) return { name: path, text, path };
  }
  throw new BryoError(
    'bad-build-context',
    `no Containerfile or Dockerfile specified or found in context directory, ${context.directory}: no such file or directory`,
  );
}

/** A file that the user has named: from the working directory, else from the context; of one that was fetched the reverse. */
function findNamed(file: string, { context, fetched }: FileSearch): FoundFile {
  const own = resolve(file);
  const inContext = join(context.directory, file);
  const places: (() => FoundFile | null)[] = [
    () => {
      if (statSync(own, { throwIfNoEntry: false }) === undefined) return null;
      return { name: file, text: readNamedFile(own, file), path: own };
    },
    () => {
      const text = readInside(context.directory, file);
      return text === null ? null : { name: file, text, path: inContext };
    },
  ];
  if (isDirectory(own) || isDirectory(inContext)) {
    throw new BryoError(
      'bad-build-context',
      `containerfile: "${file}" cannot be path to a directory`,
    );
  }
  for (const find of fetched ? places.reverse() : places) {
    const found = find();
    if (found !== null) return found;
  }
  throw new BryoError(
    'bad-build-context',
    `the specified Containerfile or Dockerfile does not exist, ${file}: no such file or directory`,
  );
}

async function findOne(file: string, search: FileSearch): Promise<FoundFile> {
  if (file === '-' || file === '/dev/stdin') {
    return { name: 'stdin', text: await readText(search.stdin, 'standard input'), path: null };
  }
  if (!isRemote(file)) return findNamed(file, search);
  const { download } = await import('../../registry/download.ts');
  const { access } = search;
  const surroundings = { env: process.env, home: homedir(), ...(access && { access }) };
  const stream = await download(file, surroundings);
  return { name: file, text: await readText(stream, file), path: null };
}

/**
 * The Containerfiles of a build, read; those that end in `.in` by way of cpp(1).
 * Throws BryoError `bad-build-context`.
 */
export async function findContainerfiles(search: FileSearch): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const file of search.files) found.push(await findOne(file, search));
  if (found.length === 0) found.push(findOwn(search));
  if (!found.some(({ path }) => path?.endsWith('.in'))) return found;
  const { preprocess } = await import('./preprocess.ts');
  return Promise.all(
    found.map(async (file) => {
      if (file.path?.endsWith('.in') !== true) return file;
      const text = await preprocess(file.path, search.context.directory, search.cppFlags);
      return { ...file, text };
    }),
  );
}

/** Patterns of an ignore file. */
export interface FoundPatterns {
  /** Null: there is none. */
  file: string | null;
  lines: string[];
}

/**
 * The patterns of what a context does not have: those of the file that is named, else of one beside the
 * Containerfile (NAME.containerignore, NAME.dockerignore), else of one in the context.
 */
export function findIgnoreLines(
  ignoreFile: string | null,
  directory: string,
  files: readonly FoundFile[],
): FoundPatterns {
  if (ignoreFile !== null) {
    const file = resolve(ignoreFile);
    return { file, lines: ignoreLines(readNamedFile(file, ignoreFile)) };
  }
  for (const { path } of files) {
    if (path === null) continue;
    for (const ending of ['containerignore', 'dockerignore']) {
      const name = `${basename(path)}.${ending}`;
      const text = readInside(join(path, '..'), name);
      if (text !== null) return { file: join(path, '..', name), lines: ignoreLines(text) };
    }
  }
  for (const name of ['.containerignore', '.dockerignore']) {
    const text = readInside(directory, name);
    if (text !== null) return { file: join(directory, name), lines: ignoreLines(text) };
  }
  return { file: null, lines: [] };
}
