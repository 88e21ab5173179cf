import { BryoError } from '../base/errors.ts';
import { withTriggers } from '../containerfile/graph.ts';
import type { BuildGraph, Stage } from '../containerfile/graph-types.ts';
import type { Engine } from '../engine/engine.ts';
import { collectGarbage } from '../engine/system/garbage.ts';
import { sweep } from '../engine/system/sweep.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { BuildRequest, CacheTarget } from '../request/build.ts';
import type { CachedStep } from '../store/step-cache.ts';
import { notingUnfinished } from '../store/unfinished.ts';
import { BaseImages, imageOfSource } from './base.ts';
import { exportSteps, importSteps } from './cache-exchange.ts';
import { type BuildContext, contextRules } from './context.ts';
import { type BuildResult, commit, resultNames } from './finish-image.ts';
import type { BuildProgress } from './progress.ts';
import type { RemoteSteps } from './registry-cache.ts';
import { openSlots, type Slots } from './slots.ts';
import { buildStage } from './stage.ts';
import type { StageState } from './steps.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** The circumstances of a build. */
export interface BuildOptions {
  access: RegistryAccess;
  signaturePolicy: string | null;
  progress: BuildProgress;
  /** Stages take one while they are built: builds of several platforms share them. Absent: the request's `jobs`. */
  slots?: Slots;
  /** Ends the build when it aborts; absent: nothing does. */
  signal?: AbortSignal;
}

/** The triggers that a stage leaves to those that begin with it: only images of docker's format have any. */
function stageTriggers({ instructions }: Stage, { result }: BuildRequest): string[] {
  if (result.metadata.format !== 'docker') return [];
  return instructions.flatMap((one) => (one.kind === 'onbuild' ? [one.trigger] : []));
}

/** The graph with the triggers of all images that needed stages begin with. */
async function resolveTriggers(
  graph: BuildGraph,
  request: BuildRequest,
  images: BaseImages,
): Promise<BuildGraph> {
  const seen = new Set<number>();
  let resolved = graph;
  for (;;) {
    const index = resolved.needed.find((one) => !seen.has(one));
    const stage = index === undefined ? undefined : resolved.stages[index];
    if (stage === undefined) return resolved;
    seen.add(stage.index);
    if (stage.base.kind === 'stage') {
      const base = resolved.stages[stage.base.index];
      const triggers = base === undefined ? [] : stageTriggers(base, request);
      if (triggers.length === 0) continue;
      resolved = withTriggers(resolved, stage.index, triggers, stage.from.image);
      continue;
    }
    const named = imageOfSource(stage.base, request);
    if (named === null) continue;
    const { image, name } = await images.find(named.name, named.platform ?? graph.platform);
    const { onBuild } = image.config.config;
    if (onBuild.length > 0) resolved = withTriggers(resolved, stage.index, onBuild, name);
  }
}

/** Results by their keys: those that the image consists of (min), and all of them. */
type MadeSteps = Record<CacheTarget['mode'], Map<string, CachedStep>>;

/** The target and the stages that it begins with. */
function stagesBelow({ stages, target }: BuildGraph): Set<number> {
  const found = new Set<number>();
  for (let stage = stages[target]; stage !== undefined; ) {
    found.add(stage.index);
    stage = stage.base.kind === 'stage' ? stages[stage.base.index] : undefined;
  }
  return found;
}

/** Gives results to where `--cache-to` says. */
async function giveSteps(
  work: Workspace,
  { request, options }: Given,
  made: MadeSteps,
): Promise<void> {
  for (const target of request.cache.cacheTo) {
    const steps = made[target.mode];
    if (target.type === 'local') await exportSteps(work, target.path, steps);
    else {
      const { sendSteps } = await import('./registry-cache.ts');
      await sendSteps(work, target.reference, options.access, steps);
    }
  }
}

/** Builds all needed stages, those that do not need each other at the same time. */
async function buildStages(
  context: Omit<BuildContext, 'stage'>,
  slots: Slots,
  abort: AbortController,
): Promise<{ target: StageState; made: MadeSteps }> {
  const { graph, request } = context;
  const wanted = request.cache.skipUnusedStages
    ? graph.needed
    : graph.stages.map(({ index }) => index).filter((index) => index <= graph.target);
  const states = new Map<number, Promise<StageState>>();
  const find = (index: number): Promise<StageState> => {
    const state = states.get(index);
    if (state !== undefined) return state;
    throw new BryoError('bad-containerfile', `stage ${index} is not built before it is needed`);
  };
  for (const [position, index] of wanted.entries()) {
    const stage = graph.stages[index];
    if (stage === undefined) continue;
    const run = async (): Promise<StageState> => {
      await Promise.all(stage.needs.map(find));
      await slots.take();
      try {
        const last = index === graph.target;
        const place = { shown: position + 1, stages: wanted.length, last };
        return await buildStage({ ...context, stage: find }, stage, place);
      } catch (error) {
        abort.abort(error);
        throw error;
      } finally {
        slots.give();
      }
    };
    states.set(index, run());
  }
  const settled = await Promise.allSettled(states.values());
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw abort.signal.reason ?? failed.reason;
  const made: MadeSteps = { min: new Map(), max: new Map() };
  const below = stagesBelow(graph);
  for (const [index, state] of states) {
    for (const [key, step] of (await state).made) {
      made.max.set(key, step);
      if (below.has(index)) made.min.set(key, step);
    }
  }
  return { target: await find(graph.target), made };
}

/** Throws BryoError `unsupported` for what a build cannot do. */
function refuseUnmade({ runtime, runtimeFlags = [] }: Engine, { result }: BuildRequest): void {
  if (runtime !== null) {
    throw new BryoError('unsupported', "--runtime: RUN runs in bryo's own containers", {
      hint: 'leave it away',
    });
  }
  if (runtimeFlags.length > 0) {
    const why = "RUN runs in bryo's own containers, which know no such flag";
    // As of a runtime that does not know it.
    throw new BryoError('unsupported', `--runtime-flag ${runtimeFlags.join(' ')}: ${why}`, {
      exitCode: 1,
      hint: 'leave it away',
    });
  }
  if (result.metadata.compatVolumes) {
    throw new BryoError('unsupported', '--compat-volumes: what RUN writes into a volume stays', {
      hint: 'declare the VOLUME after the last RUN',
    });
  }
}

/**
 * Builds an image for one platform. Throws BryoError: `run-failed` with the status of a command that failed,
 * `no-source`, `bad-containerfile`, and those of pulls and of the store. Nothing but cached layers is left then.
 */
export async function buildImage(
  engine: Engine,
  request: BuildRequest,
  graph: BuildGraph,
  options: BuildOptions,
): Promise<BuildResult> {
  refuseUnmade(engine, request);
  resultNames(request);
  await sweep(engine);
  const abort = new AbortController();
  const outer = options.signal;
  const passOn = (): void => abort.abort(outer?.reason);
  outer?.addEventListener('abort', passOn);
  const work = openWorkspace(engine, abort.signal);
  return notingUnfinished(engine.store, async () => {
    const result = await carryOut(work, graph, { request, options, abort }).finally(async () => {
      outer?.removeEventListener('abort', passOn);
      await work.close();
    });
    if (work.leavesGarbage) await collectGarbage(engine);
    return result;
  });
}

interface Given {
  request: BuildRequest;
  options: BuildOptions;
  abort: AbortController;
}

/** Null: no registry is asked, which is not even loaded then. */
async function openRemote(
  work: Workspace,
  { request, options }: Given,
): Promise<RemoteSteps | null> {
  const { cacheFrom } = request.cache;
  if (!cacheFrom.some(({ type }) => type === 'registry')) return null;
  const { RemoteSteps } = await import('./registry-cache.ts');
  const remote = new RemoteSteps(work);
  await remote.open(cacheFrom, options.access, (message) => options.progress.warn(message));
  return remote;
}

async function carryOut(work: Workspace, graph: BuildGraph, given: Given): Promise<BuildResult> {
  const { cacheFrom } = given.request.cache;
  await importSteps(work, cacheFrom, (message) => given.options.progress.warn(message));
  const remote = await openRemote(work, given);
  try {
    return await carryOutWith(work, graph, { ...given, remote });
  } finally {
    remote?.close();
  }
}

async function carryOutWith(
  work: Workspace,
  graph: BuildGraph,
  { request, options, abort, remote }: Given & { remote: RemoteSteps | null },
): Promise<BuildResult> {
  const images = new BaseImages(work, request, options);
  const resolved = await resolveTriggers(graph, request, images);
  const { access, progress } = options;
  const ignore = contextRules(request);
  const context = { work, request, graph: resolved, images, access, progress, ignore, remote };
  const { target, made } = await buildStages(
    context,
    options.slots ?? openSlots(request.cache.jobs),
    abort,
  );
  await giveSteps(work, { request, options, abort }, made);
  const noStage = (): never => {
    throw new BryoError('bad-containerfile', 'no stage is left');
  };
  return commit({ ...context, stage: noStage }, target, made.max);
}
