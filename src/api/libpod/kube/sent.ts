import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buildImage } from '../../../build/build-image.ts';
import { readContainerfile } from '../../../containerfile/containerfile.ts';
import { planBuild } from '../../../containerfile/graph.ts';
import { findContainerfiles, findIgnoreLines } from '../../../engine/builds/containerfiles.ts';
import { Contexts } from '../../../engine/builds/contexts.ts';
import { findImage } from '../../../image/resolve.ts';
import { buildDirectory, buildFiles } from '../../../kube/build-directory.ts';
import { decodeKube } from '../../../kube/documents.ts';
import type { RegistryAccess } from '../../../registry/access.ts';
import { ownPlatform } from '../../docker/images/build.ts';
import { HttpProblem } from '../../http/problem.ts';
import { readQuery } from '../../route/query.ts';
import type { ApiRequest } from '../../route/request.ts';
import { buildQuery, readLibpodBuild } from '../body/build.ts';

/** Bytes of a body of Kubernetes YAML. */
const sizeLimit = 4 * 1024 * 1024;

/** The file of an archive that has the documents. */
const fileName = 'play.yaml';

export interface BuildChoice {
  /** Null: only images that are not there; true: all; false: none. */
  asked: boolean | null;
  access: RegistryAccess;
}

/** All that a client has sent: documents, and what images can be built of. */
export interface SentFile {
  text: string;
  /** Builds an image if a directory of its name was sent. */
  build(image: string, choice: BuildChoice): Promise<boolean>;
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/** A path within what was sent, wherever links in there lead; null: there is none. */
function pathWithin(root: string, ...names: string[]): string | null {
  try {
    const path = realpathSync(join(root, ...names));
    return path.startsWith(`${realpathSync(root)}/`) ? path : null;
  } catch {
    return null;
  }
}

async function buildFrom(
  { engine, gone }: ApiRequest,
  directory: string,
  image: string,
  access: RegistryAccess,
): Promise<boolean> {
  const file = buildFiles.flatMap((name) => pathWithin(directory, name) ?? [])[0];
  if (file === undefined) return false;
  const found = await findContainerfiles({
    files: [file],
    context: { directory, text: null },
    fetched: true,
    names: buildFiles,
    stdin: Readable.from([]),
    cppFlags: [],
  });
  const patterns = findIgnoreLines(null, directory, found);
  const asked = readQuery(buildQuery, new URLSearchParams({ t: image }));
  const source = { context: directory, ignore: patterns.lines, ignoreFile: patterns.file };
  const build = readLibpodBuild(engine, asked, source);
  const graph = planBuild(
    found.map(({ text }) => readContainerfile(text, 'Containerfile')),
    {
      given: {},
      platform: ownPlatform(),
      buildPlatform: ownPlatform(),
      target: null,
      contexts: [],
      from: null,
    },
  );
  const nothing = (): void => undefined;
  const progress = {
    ...{ step: nothing, cached: nothing, made: nothing, output: nothing },
    ...{ commit: nothing, tagged: nothing, pull: nothing, warn: nothing },
  };
  const how = { access, signaturePolicy: null, progress, signal: gone };
  await buildImage(engine, build, graph, how);
  return true;
}

/** Reads a body: documents, or an archive with a file play.yaml of them and directories that images are built of. */
export async function readSent(request: ApiRequest): Promise<SentFile> {
  const { engine, headers, body } = request;
  if (!headers.get('content-type')?.startsWith('application/x-tar')) {
    const text = decodeKube(await body.bytes(sizeLimit));
    return { text, build: async () => false, close: async () => undefined };
  }
  const contexts = new Contexts(engine, { keepGitDir: false });
  try {
    const stream = Readable.from(body.chunks(), { objectMode: false });
    const { directory, text: own } = await contexts.openStream(stream, 'the body');
    const file = own === null ? pathWithin(directory, fileName) : null;
    if (file === null) throw new HttpProblem(400, `the archive has no ${fileName}`);
    if (statSync(file).size > sizeLimit) {
      throw new HttpProblem(413, `${fileName} is larger than 4 MiB`);
    }
    return {
      text: decodeKube(readFileSync(file)),
      async build(image, { asked, access }) {
        const name = buildDirectory(image);
        const place = name === null ? null : pathWithin(directory, name);
        if (place === null || asked === false) return false;
        if (asked === null && findImage(engine.store, image) !== null) return false;
        return buildFrom(request, place, image, access);
      },
      close: () => contexts.close(),
    };
  } catch (error) {
    await contexts.close();
    throw error;
  }
}
