import { BryoError } from '../../../base/errors.ts';
import { type Containerfile, readContainerfile } from '../../../containerfile/containerfile.ts';
import { planBuild } from '../../../containerfile/graph.ts';
import type { BuildGraph } from '../../../containerfile/graph-types.ts';
import { findContainerfiles, findIgnoreLines } from '../../../engine/builds/containerfiles.ts';
import type { Contexts, OpenedContext } from '../../../engine/builds/contexts.ts';
import { formatPlatform, hostPlatform } from '../../../image/platform.ts';
import type { BuildRequest, NamedContext } from '../../../request/build.ts';
import { isRemote } from '../../../request/build-words.ts';
import type { Invocation } from '../../command.ts';
import { readBuildCache } from '../../options/build/cache.ts';
import { readBuildResult } from '../../options/build/result.ts';
import { readBuildRun } from '../../options/build/run.ts';
import { type GivenSource, readBuildSource } from '../../options/build/source.ts';
import { buildPlatforms } from './progress.ts';

/** A build as it was asked for, with all that it reads at hand. */
export interface PreparedBuild {
  request: BuildRequest;
  files: Containerfile[];
  /** Texts of the files by their names, for those who show lines. */
  texts: ReadonlyMap<string, string>;
  /** One for each platform. */
  graphs: BuildGraph[];
}

/** The machine's own platform as builds name it: 64-bit ARM has no variant there. */
export function ownPlatform(): string {
  return formatPlatform(hostPlatform(process.arch)).replace(/^linux\/arm64\/v8$/, 'linux/arm64');
}

/** The context that the words of a command line mean, and the files that are left to find. */
async function openContext(
  invocation: Invocation,
  contexts: Contexts,
  files: readonly string[],
): Promise<{ context: OpenedContext; fetched: boolean; files: readonly string[] }> {
  const { stdin } = invocation.context;
  const [place] = invocation.args;
  if (place === '-') {
    return { context: await contexts.openStream(stdin, 'standard input'), fetched: true, files };
  }
  if (place !== undefined && isRemote(place)) {
    return { context: await contexts.openAddress(place), fetched: true, files };
  }
  if (place !== undefined) return { context: contexts.openDirectory(place), fetched: false, files };
  const named = files.find((file) => file !== '-' && !isRemote(file));
  if (named !== undefined) {
    // As podman: the directory of the first file is the context.
    const context = contexts.openDirectory(`${named}/..`);
    return { context, fetched: false, files };
  }
  if (files.includes('-')) {
    const context = await contexts.openStream(stdin, 'standard input');
    return { context, fetched: true, files: files.filter((file) => file !== '-') };
  }
  if (files.length > 0) return { context: contexts.openNothing(), fetched: true, files };
  throw new BryoError('usage', 'no context directory and no Containerfile specified', {
    hint: 'give a directory, such as "."',
  });
}

async function openNamed(
  given: GivenSource['contexts'],
  contexts: Contexts,
): Promise<Record<string, NamedContext>> {
  const found: [string, NamedContext][] = [];
  for (const [name, value] of given) {
    if (value.kind === 'image') found.push([name, value]);
    else {
      const opened =
        value.kind === 'remote'
          ? await contexts.openAddress(value.address)
          : contexts.openDirectory(value.path);
      const path = opened.directory;
      const { lines: ignore, file: ignoreFile } = findIgnoreLines(null, path, []);
      found.push([name, { kind: 'directory', path, ignore, ignoreFile }]);
    }
  }
  return Object.fromEntries(found);
}

/** Reads flags, contexts and Containerfiles, and plans a build for each platform. */
export async function prepareBuild(
  invocation: Invocation,
  contexts: Contexts,
): Promise<PreparedBuild> {
  const given = readBuildSource(invocation);
  const rest = {
    result: readBuildResult(invocation),
    cache: readBuildCache(invocation),
    run: readBuildRun(invocation),
  };
  const { context, fetched, files: names } = await openContext(invocation, contexts, given.files);
  const own = ['Containerfile', 'Dockerfile'];
  const found = await findContainerfiles({
    files: names,
    context,
    fetched,
    names: invocation.context.dialect === 'docker' ? own.reverse() : own,
    stdin: invocation.context.stdin,
    access: contexts.access,
    cppFlags: given.cppFlags,
  });
  const files = found.map(({ text, name }) => readContainerfile(text, name));
  const named = await openNamed(given.contexts, contexts);
  const { pull, target, buildArgs, from } = given;
  const patterns = findIgnoreLines(given.ignoreFile, context.directory, found);
  const source = {
    context: context.directory,
    ignore: patterns.lines,
    ignoreFile: patterns.file,
    contexts: named,
    ...{ pull, target, buildArgs, from },
  };
  const asked = buildPlatforms(invocation, hostPlatform(process.arch));
  const platforms = asked.length === 0 ? [ownPlatform()] : asked;
  const graphs = platforms.map((platform) =>
    planBuild(files, {
      given: buildArgs,
      platform,
      // With docker the platform of the target's own FROM counts.
      platformAsked: asked.length > 0 && invocation.context.dialect === 'podman',
      buildPlatform: ownPlatform(),
      target,
      contexts: Object.keys(named),
      from,
    }),
  );
  const texts = new Map(found.map(({ name, text }) => [name, text]));
  return { request: { source, ...rest }, files, texts, graphs };
}
