import { realpathSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { buildImage } from '../../../build/build-image.ts';
import { readContainerfile } from '../../../containerfile/containerfile.ts';
import { planBuild } from '../../../containerfile/graph.ts';
import { findContainerfiles, findIgnoreLines } from '../../../engine/builds/containerfiles.ts';
import { Contexts, type OpenedContext } from '../../../engine/builds/contexts.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../../image/platform.ts';
import { familiarName } from '../../../view/docker/names.ts';
import { readBuild } from '../../body/build.ts';
import { readAccounts, readCredentials } from '../../body/registry-auth.ts';
import { HttpProblem } from '../../http/problem.ts';
import { document, flag, number, text, texts } from '../../route/query.ts';
import { jsonLines, type Reply } from '../../route/reply.ts';
import type { ApiRequest } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { classicProgress } from './build-progress.ts';
import { errorLine, type ProgressLine } from './progress.ts';

/** The platform of this machine, as builds name it. */
export function ownPlatform(): string {
  return formatPlatform(hostPlatform(process.arch)).replace(/^linux\/arm64\/v8$/, 'linux/arm64');
}

/** The Dockerfile within the context, wherever links in there lead. Throws HttpProblem 400. */
export function dockerfileIn({ directory, text: own }: OpenedContext, name: string): string[] {
  if (own !== null) return [];
  const absent = new HttpProblem(400, `Cannot locate specified Dockerfile: ${name}`);
  if (isAbsolute(name) || name.includes('\0') || name.split('/').includes('..')) throw absent;
  let path: string;
  try {
    path = realpathSync(join(directory, name));
  } catch {
    throw absent;
  }
  if (!path.startsWith(`${realpathSync(directory)}/`)) throw absent;
  return [path];
}

const query = {
  t: texts('names of the image'),
  dockerfile: text('its path in the context; Dockerfile otherwise'),
  remote: text('the address of a context, in the place of the body'),
  target: text('the stage to build'),
  buildargs: document('variables: {"NAME":"VALUE"}'),
  labels: document('labels: {"NAME":"VALUE"}'),
  nocache: flag('take nothing of earlier builds'),
  pull: flag('pull images that are there already'),
  rm: flag('remove containers of RUN, which is always done'),
  forcerm: flag('remove them also after failures, which is always done'),
  q: flag('tell of no steps'),
  squash: flag('one layer for all instructions'),
  platform: text('os/architecture[/variant]'),
  networkmode: text('the network of RUN'),
  extrahosts: text('names for RUN: NAME:ADDRESS,…'),
  memory: number('bytes of memory for RUN'),
  memswap: number('bytes of memory and swap for RUN'),
  cpushares: number('share of the processors for RUN'),
  cpusetcpus: text('processors for RUN'),
  cpuperiod: number('microseconds in which processors are shared out'),
  cpuquota: number('microseconds of these for RUN'),
  shmsize: number('bytes of /dev/shm for RUN', 0),
  outputs: text('where the result goes besides'),
  version: text('the builder: 1'),
};

/** The context of a build: the body, or what is at an address. */
export async function openContext(
  { body }: Pick<ApiRequest, 'body'>,
  contexts: Contexts,
  remote: string | null,
): Promise<OpenedContext> {
  if (remote) return contexts.openAddress(remote);
  return contexts.openStream(Readable.from(body.chunks(), { objectMode: false }), 'the body');
}

export const route = defineRoute({
  summary: 'Build an image',
  query,
  body: { about: 'the context: a tar archive, plain or compressed', type: 'application/x-tar' },
  answers: { 200: { about: 'progress, a JSON document a line', type: 'application/json' } },
  async handle(request): Promise<Reply> {
    const { engine, query: asked, headers, gone } = request;
    if (asked.version === '2') {
      throw new HttpProblem(
        501,
        'version: BuildKit is not spoken; builder 1 is (DOCKER_BUILDKIT=0)',
      );
    }
    if (asked.outputs) throw new HttpProblem(501, 'outputs: images go into the store');
    const contexts = new Contexts(engine, { keepGitDir: false });
    const prepare = async () => {
      const context = await openContext(request, contexts, asked.remote);
      const named = asked.dockerfile || 'Dockerfile';
      const found = await findContainerfiles({
        files: dockerfileIn(context, named),
        context,
        fetched: true,
        names: ['Dockerfile', 'Containerfile'],
        stdin: Readable.from([]),
        cppFlags: [],
      });
      const patterns = findIgnoreLines(null, context.directory, found);
      const source = {
        context: context.directory,
        ignore: patterns.lines,
        ignoreFile: patterns.file,
      };
      const build = readBuild(engine, asked, source);
      const platform = asked.platform
        ? formatPlatform(parsePlatform(asked.platform))
        : ownPlatform();
      const graph = planBuild(
        found.map((file) => readContainerfile(file.text, named)),
        {
          given: build.source.buildArgs,
          platform,
          buildPlatform: ownPlatform(),
          target: build.source.target,
          contexts: [],
          from: null,
        },
      );
      return { build, graph };
    };
    const prepared = await prepare().catch(async (error) => {
      await contexts.close();
      throw error;
    });
    const credentials = readCredentials(headers);
    const accounts = readAccounts(headers);
    return jsonLines(async (tell, writer) => {
      let told = writer.begin();
      const say = (line: ProgressLine): void => {
        told = told.then(() => tell(line));
        told.catch(() => undefined);
      };
      try {
        const { id, names } = await buildImage(engine, prepared.build, prepared.graph, {
          access: {
            tlsVerify: true,
            authFile: null,
            accounts,
            ...(credentials !== null && { credentials }),
          },
          signaturePolicy: null,
          progress: classicProgress(say, asked.q),
          signal: gone,
        });
        say({ aux: { ID: `sha256:${id}` } });
        say({ stream: asked.q ? `sha256:${id}\n` : `Successfully built ${id.slice(0, 12)}\n` });
        for (const name of asked.q ? [] : names) {
          say({ stream: `Successfully tagged ${familiarName(name)}\n` });
        }
      } catch (error) {
        say(errorLine(error));
      } finally {
        await contexts.close();
      }
      await told;
    });
  },
});
