import { homedir } from 'node:os';
import { Readable } from 'node:stream';
import { importImage, loadArchive } from '../../../engine/images/load.ts';
import { obtainImage, parsePullPolicy, pullAllTags, pullAny } from '../../../engine/images/pull.ts';
import { push } from '../../../engine/images/push.ts';
import { resolveNamed } from '../../../image/foreign-list.ts';
import { noSigning } from '../../../image/policy/sign.ts';
import type { PullProgress } from '../../../image/progress.ts';
import type { ResolvedImage } from '../../../image/resolve.ts';
import { download } from '../../../registry/download.ts';
import { Field } from '../../body/field.ts';
import { checkRegistryName } from '../../body/registry-auth.ts';
import {
  progressLine,
  progressReply,
  pullWords,
  shortDigest,
} from '../../docker/images/progress.ts';
import { failureOf } from '../../errors.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text, texts } from '../../route/query.ts';
import { json, jsonLines, type Reply, text as words } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aText, texts as listOfTexts, objectOf } from '../../route/schema.ts';
import { readChanges } from '../body/changes.ts';
import { accessQuery, readAccess, readPlatform, transferLines } from './access.ts';

/** Runs a transfer, and sends what it says, line by line, before its result. */
function transfer<T extends object>(
  run: (write: (line: string) => void) => Promise<T>,
  quiet = false,
): Reply {
  return jsonLines(async (tell, writer) => {
    let told = writer.begin();
    const say = (value: unknown): void => {
      told = told.then(() => tell(value));
      told.catch(() => undefined);
    };
    try {
      say(await run((line) => (quiet ? undefined : say({ stream: line }))));
    } catch (error) {
      say({ error: failureOf(error, 'libpod').message });
    }
    await told;
  });
}

const platformQuery = {
  OS: text('the operating system'),
  Arch: text('the architecture'),
  Variant: text('its variant'),
};

/** A pull in the words of Docker's progress, as podman has them. */
function inDockersWords(
  obtain: (onProgress: (event: PullProgress) => void) => Promise<ResolvedImage[]>,
): Reply {
  const steps = { ...pullWords, done: 'Download complete' };
  return progressReply(async (tell) => {
    const images = await obtain((event) => {
      const line = progressLine(event, steps);
      if (line !== null) tell(line);
    });
    tell({ status: steps.done, progressDetail: {}, id: shortDigest(images[0]?.id ?? '') });
  }, null);
}

export const pulled = defineRoute({
  summary: 'Pull images',
  query: {
    reference: text('the name of the image'),
    allTags: flag('all of its repository'),
    policy: text('always, missing, newer or never; always otherwise'),
    quiet: flag('tell of no progress'),
    compatMode: flag("progress in Docker's words"),
    ...accessQuery,
    ...platformQuery,
  },
  answers: { 200: { about: 'progress, a JSON document a line', type: 'application/json' } },
  async handle(request): Promise<Reply> {
    const { engine, query } = request;
    const name = query.reference;
    if (!name) throw new HttpProblem(500, 'reference parameter cannot be empty');
    if (query.compatMode && query.quiet) {
      throw new HttpProblem(500, "'quiet' and 'compatMode' cannot be used simultaneously");
    }
    checkRegistryName(name);
    const policy = new Field(query.policy || 'always', 'policy').read(parsePullPolicy);
    const access = readAccess(request, name);
    const obtain = async (onProgress: (event: PullProgress) => void): Promise<ResolvedImage[]> => {
      const wanted = { ...access, name, platform: readPlatform(query), onProgress };
      if (query.allTags) {
        const images: ResolvedImage[] = [];
        for await (const image of pullAllTags(engine, wanted)) images.push(image);
        return images;
      }
      if (policy === 'always') return pullAny(engine, wanted);
      return [await obtainImage(engine, policy, wanted)];
    };
    if (query.compatMode) return inDockersWords(obtain);
    return transfer(async (write) => {
      const images = await obtain(transferLines(write));
      return { images: images.map(({ id }) => id), id: images.at(-1)?.id ?? '' };
    }, query.quiet);
  },
});

/** The forms of manifests, and of compression, that a push can ask for. */
const formats: Readonly<Record<string, 'oci' | 'v2s2'>> = {
  oci: 'oci',
  v2s2: 'v2s2',
  docker: 'v2s2',
};
const compressions = ['gzip', 'zstd'] as const;

function readConversion(query: { format: string | null; compressionFormat: string | null }) {
  const format = query.format ? (formats[query.format] ?? null) : null;
  if (query.format && format === null) {
    throw new HttpProblem(400, `format: ${query.format} is none of oci and v2s2`);
  }
  const asked = query.compressionFormat || null;
  const compression = compressions.find((known) => known === asked) ?? null;
  if (asked !== null && compression === null) {
    throw new HttpProblem(501, `compressionFormat: ${asked} is none of ${compressions.join(', ')}`);
  }
  return { format, compression };
}

export const pushed = defineRoute({
  summary: 'Push an image to a registry',
  query: {
    destination: text('where it goes; its own name otherwise'),
    all: flag('with all that a list of manifests names, as is always done'),
    format: text('oci or v2s2; as it is otherwise'),
    compressionFormat: text('gzip or zstd; as it is otherwise'),
    forceCompressionFormat: flag('no layer of another compression is used again'),
    removeSignatures: flag('signatures of the source are left out, as is always done'),
    quiet: flag('tell of no progress', true),
    ...accessQuery,
  },
  answers: { 200: { about: 'progress, a JSON document a line', type: 'application/json' } },
  async handle(request): Promise<Reply> {
    const { engine, query } = request;
    const name = param(request, 'image');
    resolveNamed(engine.store, name);
    const destination = query.destination || name;
    checkRegistryName(destination);
    const wanted = {
      ...readAccess(request, destination),
      name,
      destination,
      conversion: readConversion(query),
      signing: noSigning,
    };
    if (query.quiet) {
      await push(engine, { ...wanted, onProgress: () => undefined });
      return words('');
    }
    return transfer(async (write) => {
      const digest = await push(engine, { ...wanted, onProgress: transferLines(write) });
      return { manifestdigest: digest };
    });
  },
});

export const load = defineRoute({
  summary: 'Load images from an archive',
  body: { about: 'what podman save writes', type: 'application/x-tar' },
  answers: { 200: { about: 'names or ids', schema: objectOf({ Names: listOfTexts }) } },
  async handle({ engine, body }): Promise<Reply> {
    const stdin = Readable.from(body.chunks(), { objectMode: false });
    const loaded = await loadArchive(engine, { path: null, stdin, onProgress: () => undefined });
    return json({
      Names: loaded.flatMap(({ id, names }) => (names.length === 0 ? [`sha256:${id}`] : names)),
    });
  },
});

export const imported = defineRoute({
  summary: 'Make an image of an archive of files',
  query: {
    reference: text('its name'),
    message: text('a message for it'),
    changes: texts('instructions of a Containerfile for it'),
    URL: text('the address of the archive, in the place of the body'),
    OS: text('the operating system'),
    Architecture: text('the architecture'),
    Variant: text('its variant'),
  },
  body: { about: 'the archive', type: 'application/x-tar' },
  answers: { 200: { about: 'it is made', schema: objectOf({ Id: aText }) } },
  async handle({ engine, query, body }): Promise<Reply> {
    const { URL: address, OS, Architecture: Arch, Variant } = query;
    if (address && !/^https?:\/\//i.test(address)) {
      throw new HttpProblem(400, 'URL: an address of the web is needed');
    }
    const stdin = address
      ? await download(address, { env: process.env, home: homedir() })
      : Readable.from(body.chunks(), { objectMode: false });
    const id = await importImage(engine, {
      path: null,
      stdin,
      name: query.reference || null,
      message: query.message || 'Imported from tarball',
      changes: readChanges(query.changes),
      platform: readPlatform({ OS, Arch, Variant }),
    });
    return json({ Id: `sha256:${id}` });
  },
});
