import { posix } from 'node:path';
import {
  openArchive,
  pathQuery,
  readPath,
  statHeader,
  statOf,
} from '../../docker/containers/archive.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Reply } from '../../route/reply.ts';
import type { ApiRequest } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

/** Links that are followed from one to the next, as the kernel does (path_resolution(7)). */
const linkLimit = 40;

/** The archive of what a path leads to, with the place of that: podman's clients copy there. */
async function openResolved(request: Pick<ApiRequest, 'engine' | 'params'>, asked: string) {
  let place = posix.resolve('/', asked);
  for (let links = 0; links <= linkLimit; links += 1) {
    const { first, bytes } = await openArchive(request, place);
    if (first.type !== 'symlink') {
      const linkTarget = /\/\.?$/.test(asked) && place !== '/' ? `${place}/.` : place;
      return { stat: statOf(asked, first, linkTarget), bytes };
    }
    await bytes.next();
    await bytes.return(undefined);
    place = posix.resolve(posix.dirname(place), first.linkname ?? '');
  }
  throw new HttpProblem(400, `${asked}: too many levels of symbolic links`);
}

export const head = defineRoute({
  summary: 'Describe a file of a container, and where links lead to it',
  query: pathQuery,
  answers: { 200: { about: `the header ${statHeader}: JSON in base64` } },
  async handle(request): Promise<Reply> {
    const { stat, bytes } = await openResolved(request, readPath(request.query));
    await bytes.next();
    await bytes.return(undefined);
    return { kind: 'empty', status: 200, headers: { [statHeader]: stat } };
  },
});

export const get = defineRoute({
  summary: 'Read files of a container',
  query: pathQuery,
  answers: { 200: { about: 'a tar archive', type: 'application/x-tar' } },
  async handle(request): Promise<Reply> {
    const path = readPath(request.query);
    const { stat, bytes } = await openResolved(request, path);
    return {
      kind: 'stream',
      type: 'application/x-tar',
      headers: { [statHeader]: stat },
      async produce(writer) {
        for await (const chunk of bytes) await writer.write(chunk);
      },
    };
  },
});
