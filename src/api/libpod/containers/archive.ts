import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { findRecord } from '../../../container/records.ts';
import { copy } from '../../../engine/containers/copy.ts';
import { plainBytes } from '../../../store/recode.ts';
import { Field } from '../../body/field.ts';
import {
  onlyStat,
  openArchive,
  pathQuery,
  readPath,
  statHeader,
  statOf,
  withArchive,
  withStatus,
} from '../../docker/containers/archive.ts';
import { HttpProblem } from '../../http/problem.ts';
import { inputFor } from '../../pipes.ts';
import { document, flag } from '../../route/query.ts';
import { empty, type Reply } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

/** Links that are followed from one to the next, as the kernel does (path_resolution(7)). */
const linkLimit = 40;

/** The archive of what a path leads to, with the place of that: podman's clients copy there. */
async function openResolved(request: Pick<ApiRequest, 'engine' | 'params'>, asked: string) {
  const { workdir } = findRecord(request.engine.store, param(request, 'container'));
  let place = posix.resolve('/', workdir, asked);
  for (let links = 0; links <= linkLimit; links += 1) {
    const archive = await openArchive(request, place);
    const { first, output } = archive;
    if (first.type !== 'symlink') {
      const linkTarget = /(^|\/)\.?$/.test(asked) && place !== '/' ? `${place}/.` : place;
      return { stat: statOf(asked, first, linkTarget), archive };
    }
    await output.end();
    place = posix.resolve(posix.dirname(place), first.linkname ?? '');
  }
  throw new HttpProblem(400, `${asked}: too many levels of symbolic links`);
}

export const head = defineRoute({
  summary: 'Describe a file of a container, and where links lead to it',
  query: pathQuery,
  answers: { 200: { about: `the header ${statHeader}: JSON in base64` } },
  async handle(request): Promise<Reply> {
    const { stat, archive } = await openResolved(request, readPath(request.query));
    return onlyStat(stat, archive);
  },
});

export const get = defineRoute({
  summary: 'Read files of a container',
  query: pathQuery,
  answers: { 200: { about: 'a tar archive', type: 'application/x-tar' } },
  async handle(request): Promise<Reply> {
    const { stat, archive } = await openResolved(request, readPath(request.query));
    return withArchive(stat, archive);
  },
});

/** An archive in which what is called by a name, and all below it, goes under another. */
async function* renamed(
  bytes: AsyncIterable<Uint8Array>,
  names: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const output = pack();
  const input = extract();
  const other = (path: string): string => {
    const [first = '', ...rest] = path.replace(/^\.?\/+/, '').split('/');
    return [names[first] ?? first, ...rest].join('/');
  };
  const rewrite = async (): Promise<void> => {
    for await (const entry of input) {
      const { header } = entry;
      const linkname = header.type === 'link' ? other(header.linkname ?? '') : header.linkname;
      const own = { ...header, name: other(header.name), ...(linkname && { linkname }) };
      await pipeline(entry, output.entry(own));
    }
    output.finalize();
  };
  const source = Readable.from(bytes, { objectMode: false });
  const done = Promise.all([pipeline(plainBytes(source), input), rewrite()]);
  done.catch((error) => output.destroy(error));
  for await (const chunk of output) yield Buffer.from(chunk as Uint8Array);
  await done;
}

export const put = defineRoute({
  summary: 'Unpack an archive in a container',
  query: {
    ...pathQuery,
    copyUIDGID: flag("files become those of the container's user", true),
    noOverwriteDirNonDir: flag('refuse to replace a directory by a file, and the reverse'),
    rename: document('other names for what is in the archive: {"NAME":"OTHER"}'),
  },
  body: { about: 'a tar archive, plain or compressed', type: 'application/x-tar' },
  answers: { 200: { about: 'it is done' } },
  async handle(request): Promise<Reply> {
    const { engine, query, body } = request;
    const path = readPath(query);
    const { id, workdir } = findRecord(engine.store, param(request, 'container'));
    const place = posix.resolve('/', workdir, path);
    const names = new Field(query.rename, 'rename').textMap();
    const bytes = Object.keys(names).length === 0 ? body : renamed(body.chunks(), names);
    try {
      await inputFor(bytes, (descriptor) =>
        copy(engine, {
          from: { kind: 'stream', descriptor },
          to: { kind: 'container', container: id, path: `${place}/` },
          archive: query.copyUIDGID,
          overwrite: !query.noOverwriteDirNonDir,
        }),
      );
    } catch (error) {
      throw withStatus(error, path);
    }
    return empty(200);
  },
});
