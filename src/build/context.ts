import { BryoError } from '../base/errors.ts';
import { findSource } from '../containerfile/graph.ts';
import type { BuildGraph } from '../containerfile/graph-types.ts';
import { type IgnoreRules, ignoreRules } from '../containerfile/ignore.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { BuildRequest } from '../request/build.ts';
import type { PackTimes } from '../store/pack.ts';
import { type BaseImages, imageOfSource, stateOfImage } from './base.ts';
import type { BuildProgress } from './progress.ts';
import type { RemoteSteps } from './registry-cache.ts';
import type { FileSource } from './sources.ts';
import type { StageState } from './steps.ts';
import type { Workspace } from './workspace.ts';

/** The common ground of all stages of a build. */
export interface BuildContext {
  work: Workspace;
  request: BuildRequest;
  graph: BuildGraph;
  images: BaseImages;
  /** The way to registries and web servers. */
  access: RegistryAccess;
  progress: BuildProgress;
  /** Of the build's context; null: it hides nothing. */
  ignore: IgnoreRules | null;
  /** Results that registries have; null: none is asked. */
  remote: RemoteSteps | null;
  /** A stage that this one needs, built. */
  stage(index: number): Promise<StageState>;
}

type Ignored = Pick<BuildRequest['source'], 'ignore' | 'ignoreFile'>;

/** What a context leaves out; null: nothing. */
function rulesOf({ ignore, ignoreFile }: Ignored): IgnoreRules | null {
  return ignore.length === 0 ? null : ignoreRules(ignore, ignoreFile ?? undefined);
}

/** The rules of the build's context. */
export function contextRules({ source }: BuildRequest): IgnoreRules | null {
  return rulesOf(source);
}

/** Times of the entries of new layers. */
export function layerTimes({ result }: BuildRequest): PackTimes {
  const { timestamp, sourceDateEpoch, rewriteTimestamp } = result.times;
  return { all: timestamp, newest: rewriteTimestamp ? sourceDateEpoch : null };
}

/** The time that an image and its history get, as RFC 3339. */
export function creationTime({ result }: BuildRequest): string {
  const { timestamp, sourceDateEpoch } = result.times;
  const fixed = timestamp ?? sourceDateEpoch;
  return (fixed === null ? new Date() : new Date(fixed * 1000)).toISOString();
}

/** The context's own files. Throws BryoError `no-source` where there is no context. */
export function contextFiles({ request, ignore }: BuildContext): FileSource {
  const { context } = request.source;
  if (context === null) {
    throw new BryoError('no-source', 'there is no build context to copy from', {
      hint: 'name a directory: bryo build DIRECTORY',
    });
  }
  return { kind: 'host', directory: context, ignore };
}

/** The directory or image that the files of `--from` and `from=` come from; null: the context. */
export async function filesFrom(
  context: BuildContext,
  stageIndex: number,
  words: string | null,
): Promise<{ source: FileSource; described: string; identity: string }> {
  const { request, graph } = context;
  if (words === null) {
    const source = contextFiles(context);
    return { source, described: request.source.context ?? '', identity: 'context' };
  }
  const source = findSource(graph, stageIndex, words);
  if (source.kind === 'stage') {
    const { image } = await context.stage(source.index);
    return layersOf(image.layers, words);
  }
  const image = imageOfSource(source, request);
  if (image !== null) {
    const base = await context.images.find(image.name, image.platform);
    return layersOf(stateOfImage(context.work, base).layers, words);
  }
  if (source.kind === 'context') {
    const named = request.source.contexts[source.name];
    if (named?.kind === 'directory') {
      const { path: directory } = named;
      return {
        source: { kind: 'host', directory, ignore: rulesOf(named) },
        described: directory,
        identity: words,
      };
    }
  }
  throw new BryoError('no-source', `${words}: no stage or image found with that name`);
}

function layersOf(layers: Extract<FileSource, { kind: 'layers' }>['layers'], words: string) {
  const source: FileSource = { kind: 'layers', layers, described: words };
  return { source, described: words, identity: layers.map(({ diffId }) => diffId).join(' ') };
}
