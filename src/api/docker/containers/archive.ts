import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { extract, type Header } from 'tar-stream';
import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { copy, exportContainer } from '../../../engine/containers/copy.ts';
import { HttpProblem } from '../../http/problem.ts';
import { inputFor, Output, outputStream } from '../../pipes.ts';
import { flag, text } from '../../route/query.ts';
import { empty, type Reply } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

/** Bits of Go's file modes (io/fs). */
const goBits: Partial<Record<string, number>> = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  'character-device': 2 ** 26 + 2 ** 21,
  'block-device': 2 ** 26,
  fifo: 2 ** 25,
};

/** The description of a file that X-Docker-Container-Path-Stat carries. */
export function statOf(
  path: string,
  { mode, size, mtime, type }: Header,
  linkTarget: string,
): string {
  const shown = {
    name: basename(path) || '/',
    size: size ?? 0,
    mode: (goBits[type ?? 'file'] ?? 0) + ((mode ?? 0) & 0o777),
    mtime: (mtime ?? new Date(0)).toISOString(),
    isDir: type === 'directory',
    linkTarget,
  };
  return Buffer.from(JSON.stringify(shown)).toString('base64');
}

export interface OpenArchive {
  /** Of the file itself. */
  first: Header;
  /** The bytes that were read for that. */
  begun: readonly Buffer[];
  /** The rest of the archive. */
  output: Output;
}

/** The error for a path that is not there: 404, as Docker has it. */
export function withStatus(error: unknown, path: string): unknown {
  if (!(error instanceof BryoError) || error.code !== 'copy-failed') return error;
  const absent = /no such file or directory/i.test(error.message);
  if (!absent) return new HttpProblem(400, error.message);
  return new HttpProblem(404, `Could not find the file ${path} in container`);
}

/** Begins to read an archive of a path, as far as the description of its first entry. The rest is to be ended or passed on. */
export async function openArchive(
  { engine, params }: Pick<ApiRequest, 'engine' | 'params'>,
  path: string,
): Promise<OpenArchive> {
  const { id } = findRecord(engine.store, param({ params }, 'container'));
  const from = { kind: 'container' as const, container: id, path: `/${path}` };
  const output = new Output((descriptor) =>
    copy(engine, { from, to: { kind: 'stream', descriptor }, archive: true, overwrite: false }),
  );
  const begun: Buffer[] = [];
  const reader = extract();
  let first = null as Header | null;
  reader.on('entry', (header) => {
    first ??= header;
  });
  reader.on('error', () => undefined);
  try {
    while (first === null) {
      const next = await output.read();
      if (next === null) break;
      begun.push(next);
      reader.write(next);
      await setImmediate();
    }
    if (first !== null) return { first, begun, output };
    await output.end();
    output.check();
  } catch (error) {
    throw withStatus(error, path);
  }
  throw new HttpProblem(500, 'the archive of the container is empty');
}

export const statHeader = 'X-Docker-Container-Path-Stat';
export const pathQuery = { path: text('the path in the container') };

export function readPath({ path }: { path: string | null }): string {
  if (path === null || path === '') throw new HttpProblem(400, 'path: a path is needed');
  if (path.includes('\0')) throw new HttpProblem(400, 'path: a path cannot hold a NUL');
  return path;
}

/** The answer that only describes the file of an archive, which is read no further. */
export async function onlyStat(stat: string, { output }: OpenArchive): Promise<Reply> {
  await output.end();
  return { kind: 'empty', status: 200, headers: { [statHeader]: stat } };
}

/** The answer with an archive and the description of its file. */
export function withArchive(stat: string, { begun, output }: OpenArchive): Reply {
  return {
    kind: 'stream',
    type: 'application/x-tar',
    headers: { [statHeader]: stat },
    produce: (writer) => output.passTo(writer, begun),
  };
}

export const head = defineRoute({
  summary: 'Describe a file of a container',
  query: pathQuery,
  answers: { 200: { about: `the header ${statHeader}: JSON in base64` } },
  async handle(request): Promise<Reply> {
    const path = readPath(request.query);
    const archive = await openArchive(request, path);
    return onlyStat(statOf(path, archive.first, archive.first.linkname ?? ''), archive);
  },
});

export const get = defineRoute({
  summary: 'Read files of a container',
  query: pathQuery,
  answers: { 200: { about: 'a tar archive', type: 'application/x-tar' } },
  async handle(request): Promise<Reply> {
    const path = readPath(request.query);
    const archive = await openArchive(request, path);
    return withArchive(statOf(path, archive.first, archive.first.linkname ?? ''), archive);
  },
});

export const put = defineRoute({
  summary: 'Unpack an archive in a container',
  query: {
    path: text('the directory to unpack in'),
    noOverwriteDirNonDir: flag('refuse to replace a directory by a file, and the reverse'),
    copyUIDGID: flag('owners are those of the archive'),
  },
  body: { about: 'a tar archive, plain or compressed', type: 'application/x-tar' },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine, query, body } = request;
    const path = readPath(query);
    const { id } = findRecord(engine.store, param(request, 'container'));
    const to = { kind: 'container' as const, container: id, path: `/${path}/` };
    try {
      await inputFor(body, (descriptor) =>
        copy(engine, {
          from: { kind: 'stream', descriptor },
          to,
          archive: false,
          overwrite: !query.noOverwriteDirNonDir,
        }),
      );
    } catch (error) {
      throw withStatus(error, path);
    }
    return empty(200);
  },
});

export const exported = defineRoute({
  summary: 'Read all files of a container',
  answers: { 200: { about: 'a tar archive', type: 'application/x-tar' } },
  async handle(request): Promise<Reply> {
    const { engine } = request;
    const { id } = findRecord(engine.store, param(request, 'container'));
    return outputStream('application/x-tar', (fd) => exportContainer(engine, id, fd));
  },
});
