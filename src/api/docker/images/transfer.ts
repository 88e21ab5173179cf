import { homedir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { importImage, loadArchive } from '../../../engine/images/load.ts';
import { pull } from '../../../engine/images/pull.ts';
import { push } from '../../../engine/images/push.ts';
import { saveImages } from '../../../engine/images/save.ts';
import { noSigning } from '../../../image/policy/sign.ts';
import { resolveImage } from '../../../image/resolve.ts';
import { download } from '../../../registry/download.ts';
import { familiarName } from '../../../view/docker/names.ts';
import { checkRegistryName } from '../../body/registry-auth.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text, texts } from '../../route/query.ts';
import { jsonLines, type Reply } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { registryAccess, tlsQuery } from '../registry-access.ts';
import { fullName, withTag } from './names.ts';
import { progressLine, progressReply, pullWords, pushWords } from './progress.ts';

const progress = { about: 'progress, a JSON document a line', type: 'application/json' };

async function importFrom(
  { engine, body }: Pick<ApiRequest, 'engine' | 'body'>,
  source: string,
  choices: { name: string | null; message: string; changes: string[]; platform: string | null },
): Promise<string> {
  const stdin =
    source === '-'
      ? Readable.from(body.chunks(), { objectMode: false })
      : await download(source, { env: process.env, home: homedir() });
  return importImage(engine, { path: null, stdin, ...choices });
}

export const create = defineRoute({
  summary: 'Pull an image, or make one of an archive of files',
  query: {
    fromImage: text('the name of the image to pull'),
    fromSrc: text('an address of an archive, or - for the body'),
    repo: text('the name of the image that is made'),
    tag: text('tag or digest'),
    message: text('a message for the image that is made'),
    changes: texts('instructions of a Dockerfile for it'),
    platform: text('os/architecture[/variant]'),
    ...tlsQuery,
  },
  body: { about: 'the archive, with fromSrc=-', type: 'application/x-tar' },
  answers: { 200: progress },
  async handle(request): Promise<Reply> {
    const { engine, query } = request;
    const platform = query.platform || null;
    if (query.fromSrc) {
      if (query.fromSrc !== '-' && !/^https?:\/\//i.test(query.fromSrc)) {
        throw new HttpProblem(400, 'fromSrc: an address of the web or - is needed');
      }
      const id = await importFrom(request, query.fromSrc, {
        name: query.repo ? fullName(withTag(query.repo, query.tag)) : null,
        message: query.message || 'Imported from -',
        changes: query.changes.flatMap((lines) => lines.split('\n')).filter(Boolean),
        platform,
      });
      return jsonLines((tell) => tell({ status: `sha256:${id}` }));
    }
    if (!query.fromImage) throw new HttpProblem(400, 'fromImage: a name is needed');
    const asked = withTag(query.fromImage, query.tag);
    const name = fullName(asked);
    const shown = familiarName(/[:@][^/]*$/.test(name) ? name : `${name}:latest`);
    const [, tag = 'latest'] = /[:@]([^/]*)$/.exec(shown) ?? [];
    const from = familiarName(name.replace(/[:@][^/]*$/, ''));
    return progressReply(
      async (tell) => {
        const image = await pull(engine, {
          ...registryAccess(request.headers, name, query.tlsVerify),
          name,
          platform,
          onProgress(event) {
            const line = progressLine(event, pullWords);
            if (line !== null) tell(line);
          },
        });
        tell({ status: `Digest: ${image.manifestDigest}` });
        tell({ status: `Status: Image is up to date for ${shown}` });
      },
      { status: `Pulling from ${from}`, id: tag },
    );
  },
});

export const pushed = defineRoute({
  summary: 'Push an image to a registry',
  query: {
    tag: text('its tag'),
    platform: text('os/architecture, where a name means several'),
    destination: text("another name that it is pushed to, of podman's API"),
    ...tlsQuery,
  },
  answers: { 200: progress },
  async handle(request): Promise<Reply> {
    const { engine, query } = request;
    const name = withTag(param(request, 'image'), query.tag || 'latest');
    resolveImage(engine.store, name);
    if (query.destination) checkRegistryName(query.destination);
    const full = fullName(query.destination || name);
    return progressReply(
      async (tell) => {
        const digest = await push(engine, {
          ...registryAccess(request.headers, full, query.tlsVerify),
          name,
          destination: full,
          conversion: { format: null, compression: null },
          signing: noSigning,
          onProgress(event) {
            const line = progressLine(event, pushWords);
            if (line !== null) tell(line);
          },
        });
        const tag = query.tag || 'latest';
        tell({ status: `${tag}: digest: ${digest} size: 0` });
        tell({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: 0 } });
      },
      { status: `The push refers to repository [${full.replace(/:[^/:]*$/, '')}]` },
    );
  },
});

export const load = defineRoute({
  summary: 'Load images from an archive',
  query: { quiet: flag('tell of no progress'), platform: text('os/architecture') },
  body: { about: 'what docker save writes', type: 'application/x-tar' },
  answers: { 200: progress },
  async handle({ engine, body }): Promise<Reply> {
    const stdin = Readable.from(body.chunks(), { objectMode: false });
    const loaded = await loadArchive(engine, { path: null, stdin, onProgress: () => undefined });
    return jsonLines(async (tell) => {
      for (const { id, names } of loaded) {
        const shown = names.length === 0 ? [`sha256:${id}`] : names.map(familiarName);
        const what = names.length === 0 ? 'Loaded image ID' : 'Loaded image';
        for (const name of shown) await tell({ stream: `${what}: ${name}\n` });
      }
    });
  },
});

function saved(engine: ApiRequest['engine'], names: readonly string[]): Reply {
  for (const name of names) resolveImage(engine.store, name);
  return {
    kind: 'stream',
    type: 'application/x-tar',
    async produce(writer) {
      const stdout = new Writable({
        write: (chunk: Uint8Array, _encoding, done) => {
          writer.write(chunk).then(() => done(), done);
        },
      });
      const format = 'docker-archive';
      await saveImages(engine, {
        names,
        format,
        path: null,
        compress: false,
        plain: false,
        stdout,
      });
    },
  };
}

const archive = { about: 'a tar archive', type: 'application/x-tar' };

export const get = defineRoute({
  summary: 'Read an image as an archive',
  query: { platform: text('os/architecture') },
  answers: { 200: archive },
  handle: async (request) => saved(request.engine, [param(request, 'image')]),
});

export const getSeveral = defineRoute({
  summary: 'Read several images as one archive',
  query: { names: texts('their names'), platform: text('os/architecture') },
  answers: { 200: archive },
  async handle({ engine, query }): Promise<Reply> {
    const names = query.names.flatMap((words) => words.split(',')).filter(Boolean);
    if (names.length === 0) throw new HttpProblem(400, 'names: at least one image is needed');
    return saved(engine, names);
  },
});
