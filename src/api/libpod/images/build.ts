import { Readable } from 'node:stream';
import { buildImage } from '../../../build/build-image.ts';
import type { BuildProgress } from '../../../build/progress.ts';
import { readContainerfile } from '../../../containerfile/containerfile.ts';
import { planBuild } from '../../../containerfile/graph.ts';
import { findContainerfiles, findIgnoreLines } from '../../../engine/builds/containerfiles.ts';
import { Contexts } from '../../../engine/builds/contexts.ts';
import { formatPlatform, parsePlatform } from '../../../image/platform.ts';
import { Field } from '../../body/field.ts';
import { dockerfileIn, openContext, ownPlatform } from '../../docker/images/build.ts';
import { errorLine } from '../../docker/images/progress.ts';
import { jsonLines, type Reply } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { buildQuery, platformsOf, readLibpodBuild } from '../body/build.ts';
import { accessQuery, readAccess, transferLines } from './access.ts';

const idLength = 12;

/** A build's progress in podman's words. */
function lineProgress(say: (text: string) => void): BuildProgress {
  return {
    step: ({ stage, stages, number, count, text }) =>
      say(`${stages > 1 ? `[${stage}/${stages}] ` : ''}STEP ${number}/${count}: ${text}\n`),
    cached: (_stage, id) => say(`--> Using cache ${id}\n`),
    made: (_stage, id) => say(`--> ${id.slice(0, idLength)}\n`),
    output: (_stage, _stream, bytes) => say(Buffer.from(bytes).toString('utf8')),
    commit: (_stage, name) => say(name === null ? 'COMMIT\n' : `COMMIT ${name}\n`),
    tagged: (name) => say(`Successfully tagged ${name}\n`),
    pull: transferLines(say),
    warn: (message) => say(`[Warning] ${message}\n`),
  };
}

const isAddress = (name: string): boolean => /^https?:\/\//i.test(name);

/** Paths of the files in the context, which podman's client sends as a list. */
function readFiles(word: string | null): string[] {
  if (word === null || word === '') return [];
  if (!word.startsWith('[')) return [word];
  let list: unknown = null;
  try {
    list = JSON.parse(word);
  } catch {
    return [word];
  }
  return new Field(list, 'dockerfile').texts();
}

export const route = defineRoute({
  summary: 'Build an image',
  query: { ...buildQuery, ...accessQuery },
  body: { about: 'the context: a tar archive, plain or compressed', type: 'application/x-tar' },
  answers: { 200: { about: 'progress, a JSON document a line', type: 'application/json' } },
  async handle(request): Promise<Reply> {
    const { engine, query: asked, gone } = request;
    const contexts = new Contexts(engine, { keepGitDir: false });
    const prepare = async () => {
      const context = await openContext(request, contexts, asked.remote);
      const names = readFiles(asked.dockerfile);
      const found = await findContainerfiles({
        // One from outside of the context has its whole path in it.
        files: names.flatMap((name) =>
          isAddress(name) ? [name] : dockerfileIn(context, name.replace(/^\/+/, '')),
        ),
        context,
        fetched: true,
        names: ['Containerfile', 'Dockerfile'],
        stdin: Readable.from([]),
        cppFlags: [],
      });
      const patterns = findIgnoreLines(null, context.directory, found);
      const excluded = new Field(asked.excludes, 'excludes').texts();
      const build = readLibpodBuild(engine, asked, {
        context: context.directory,
        ignore: excluded.length > 0 ? excluded : patterns.lines,
        ignoreFile: patterns.file,
      });
      const [platform] = platformsOf(asked);
      const graph = planBuild(
        found.map((file) => readContainerfile(file.text, names[0] ?? 'Containerfile')),
        {
          given: build.source.buildArgs,
          platform: platform ? formatPlatform(parsePlatform(platform)) : ownPlatform(),
          platformAsked: Boolean(platform),
          buildPlatform: ownPlatform(),
          target: build.source.target,
          contexts: [],
          from: build.source.from,
        },
      );
      return { build, graph };
    };
    const prepared = await prepare().catch(async (error) => {
      await contexts.close();
      throw error;
    });
    return jsonLines(async (tell, writer) => {
      let told = writer.begin();
      const say = (line: Record<string, unknown>): void => {
        told = told.then(() => tell(line));
        told.catch(() => undefined);
      };
      const progress = lineProgress((text) => {
        if (!asked.q && text !== '') say({ stream: text });
      });
      try {
        const { id } = await buildImage(engine, prepared.build, prepared.graph, {
          access: readAccess(request, prepared.build.result.tags[0] ?? ''),
          signaturePolicy: null,
          progress,
          signal: gone,
        });
        say({ stream: `${id}\n` });
      } catch (error) {
        say(errorLine(error, 'libpod'));
      } finally {
        await contexts.close();
      }
      await told;
    });
  },
});
