import { writeFileSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { BuildGraph, Stage } from '../containerfile/graph-types.ts';
import { recordImageEvent } from '../engine/events.ts';
import { tagImage, targetName } from '../engine/images/tag.ts';
import { parsePlatform } from '../image/platform.ts';
import type { BuildRequest } from '../request/build.ts';
import { type CachedStep, readStep, writeStep } from '../store/step-cache.ts';
import { type BaseImage, imageOfSource } from './base.ts';
import { type CommittedImage, enterImage } from './commit-image.ts';
import { type ImageState, lostSettings } from './config-document.ts';
import { type BuildContext, creationTime } from './context.ts';
import { withoutVariables } from './metadata.ts';
import { squash } from './squash.ts';
import type { StageState } from './steps.ts';

/** The result of a build. */
export interface BuildResult {
  /** Hex of the configuration's digest. */
  id: string;
  configDigest: string;
  manifestDigest: string;
  /** Full references that it has got. */
  names: string[];
}

/** The full names that the result gets. Throws BryoError `bad-reference` with podman's words. */
export function resultNames({ result }: BuildRequest): string[] {
  return result.tags.map((tag) => {
    try {
      return targetName(tag);
    } catch (cause) {
      if (!(cause instanceof BryoError)) throw cause;
      const why = cause.message.split(': ').at(-1);
      throw new BryoError('bad-reference', `tag ${tag}: invalid reference format: ${why}`, {
        cause,
      });
    }
  });
}

/** The stage that the target's files begin with. */
function lowestStage({ stages, target }: BuildGraph): Stage | undefined {
  let stage = stages[target];
  while (stage?.base.kind === 'stage') stage = stages[stage.base.index];
  return stage;
}

/** The number of layers that are not new. */
async function baseLayers(context: BuildContext): Promise<number> {
  const { graph, images, request } = context;
  const stage = lowestStage(graph);
  const named = stage === undefined ? null : imageOfSource(stage.base, request);
  if (named === null) return 0;
  const { image } = await images.find(named.name, named.platform ?? graph.platform);
  return image.config.diffIds.length;
}

/** The image that the target's first stage begins with, as annotations tell of it. */
async function baseAnnotations(context: BuildContext): Promise<Record<string, string>> {
  const { graph, images, request } = context;
  const base = lowestStage(graph)?.base;
  const named = base === undefined ? null : imageOfSource(base, request);
  if (named === null) return {};
  const { image, name } = await images.find(named.name, named.platform ?? graph.platform);
  return {
    'org.opencontainers.image.base.digest': image.manifestDigest,
    'org.opencontainers.image.base.name': name,
  };
}

/** The image as one for the platform that was asked for: its target may begin with one for another. */
function forPlatform({ graph }: BuildContext, image: ImageState): ImageState {
  if (!graph.platformAsked) return image;
  const { os, architecture, variant } = parsePlatform(graph.platform);
  // A variant is the base image's, if it is for the same processors at all.
  const own = architecture === image.architecture ? image.variant : null;
  return { ...image, os, architecture, variant: variant ?? own };
}

/** Labels of the command line, and the one that says which builder it was. */
function withLabels({ request }: BuildContext, image: ImageState): ImageState {
  const { labels, identityLabel, omitHistory, osVersion, osFeatures, unsetEnv } =
    request.result.metadata;
  const given = Object.fromEntries(labels.map(({ key, value }) => [key, value]));
  const own: Record<string, string> = identityLabel ? { 'io.bryo.version': version } : {};
  const all: Record<string, string> = { ...image.settings.Labels, ...own, ...given };
  const plain = withoutVariables(image.settings, unsetEnv);
  const settings = Object.keys(all).length > 0 ? { ...plain, Labels: all } : plain;
  return {
    ...image,
    settings,
    history: omitHistory ? [] : image.history,
    ...(osVersion !== null && { osVersion }),
    ...(osFeatures.length > 0 && { osFeatures }),
  };
}

function warnOfLost(context: BuildContext, image: ImageState): void {
  if (context.request.result.metadata.format === 'docker') return;
  for (const words of lostSettings(image)) {
    context.progress.warn(`${words} will be ignored. Must use \`docker\` format`);
  }
}

/** The image that the target is, where nothing at all was added to it; null: it is a new one. */
async function unchangedBase(context: BuildContext): Promise<BaseImage | null> {
  const { graph, images, request } = context;
  const { squash: squashed, metadata, times } = request.result;
  const { labels, annotations, env, unsetEnv, unsetLabels, osVersion, osFeatures } = metadata;
  const stage = graph.stages[graph.target];
  const { platform = null } = stage?.from ?? {};
  const isOther = graph.platformAsked && platform !== null;
  const changes = [labels, annotations, env, unsetEnv, unsetLabels, osFeatures].flat();
  const isPlain = squashed === 'none' && osVersion === null && !metadata.omitHistory;
  const isTimed = times.timestamp !== null || times.sourceDateEpoch !== null;
  if (stage === undefined || stage.instructions.length + changes.length > 0) return null;
  if (!isPlain || isTimed || isOther) return null;
  const named = imageOfSource(stage.base, request);
  return named === null ? null : images.find(named.name, named.platform ?? graph.platform);
}

/** Gives the base image the names of the result, which it is already. */
function enterBase(
  { work }: BuildContext,
  { image }: BaseImage,
  names: readonly string[],
): CommittedImage {
  if (names.length > 0) tagImage(work.engine, image.id, names);
  return { id: image.id, manifestDigest: image.manifestDigest };
}

async function enterNew(
  context: BuildContext,
  target: StageState,
  names: readonly string[],
): Promise<{ committed: CommittedImage; image: ImageState }> {
  const { request, work } = context;
  const { format, annotations } = request.result.metadata;
  const squashed = await squash(context, target.image, await baseLayers(context));
  const created = squashed.created === '' ? creationTime(request) : squashed.created;
  const image = withLabels(context, forPlatform(context, { ...squashed, created }));
  warnOfLost(context, image);
  const given = Object.fromEntries(annotations.map(({ key, value }) => [key, value]));
  const committed = enterImage(work, {
    state: image,
    format,
    annotations: { ...(await baseAnnotations(context)), ...given },
    names,
  });
  return { committed, image };
}

/** Puts the target's image into the store under all its names. */
export async function commit(
  context: BuildContext,
  target: StageState,
  made: ReadonlyMap<string, CachedStep>,
): Promise<BuildResult> {
  const { request, work, progress, graph } = context;
  const names = resultNames(request);
  progress.commit(graph.needed.length, request.result.tags[0] ?? null);
  const base = await unchangedBase(context);
  const { committed, image } =
    base === null
      ? await enterNew(context, target, names)
      : { committed: enterBase(context, base, names), image: target.image };
  // With an image of the store all that was written before is on the disk: what remembers it may say so.
  for (const [key, step] of made) {
    const kept = readStep(work.engine.store, key);
    if (kept?.boot !== undefined) writeStep(work.engine.store, key, step, true);
  }
  const { outputs, iidFile } = request.result;
  if (outputs.length > 0) {
    const { writeOutputs } = await import('./outputs.ts');
    await writeOutputs(work, outputs, { id: committed.id, layers: image.layers });
  }
  if (iidFile !== null) writeFileSync(iidFile, `sha256:${committed.id}`);
  progress.made(graph.needed.length, committed.id);
  for (const name of names) progress.tagged(name);
  recordImageEvent(work.engine, 'build', committed.id, names[0] ?? committed.id);
  return { ...committed, configDigest: `sha256:${committed.id}`, names };
}
