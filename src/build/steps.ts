import { makeHash } from '../base/hash.ts';
import type { StageInstruction } from '../containerfile/instructions.ts';
import type { StageScope } from '../containerfile/scope-types.ts';
import { parseDigest } from '../image/digest.ts';
import { hasLayerContent } from '../image/layer-source.ts';
import { type CachedStep, readStep, touchStep, writeStep } from '../store/step-cache.ts';
import type { BuiltLayer, ImageState } from './config-document.ts';
import type { Workspace } from './workspace.ts';

/** The place of a step in its stage, for those that carry it out. */
export interface StepPlace {
  stage: number;
  /** As progress counts the stage. */
  shown: number;
  scope: StageScope;
  image: ImageState;
}

/** The inputs of a step, and what the history says of it. */
export interface StepInputs {
  /** All that its result depends on beside what the stage is so far; never times. */
  inputs: unknown;
  /** The history's words. */
  words: string;
}

/** A step whose inputs are known. */
export interface PreparedStep extends StepInputs {
  instruction: StageInstruction;
  /** Inputs by content, which take looking into other stages and images; null: they are that already. */
  exactly: (() => Promise<StepInputs>) | null;
  /** Null: it changes only what the image says of itself. */
  makeLayer: (() => Promise<BuiltLayer>) | null;
}

/** A stage after so many of its steps. */
export interface StageState {
  image: ImageState;
  /** Of all its steps: hex. */
  key: string;
  /** Its results by their keys. */
  made: Map<string, CachedStep>;
}

/** The rules for what may be taken from earlier builds. */
export interface CacheRules {
  /** Earlier results count. */
  reads: boolean;
  /** This result is kept for later builds. */
  writes: boolean;
  /** Milliseconds; null: for ever. */
  ttl: number | null;
}

/** The key of a step after those before. */
export function stepKey(parent: string, inputs: unknown): string {
  return makeHash('sha256')
    .update(JSON.stringify([parent, inputs]))
    .digest('hex');
}

function isWhole({ engine, blobs }: Workspace, { layer }: CachedStep): boolean {
  if (layer === null) return true;
  blobs.shareSoon(layer.digest);
  return hasLayerContent(engine.store, { digest: parseDigest(layer.digest), size: layer.size });
}

/** An earlier result of the step, if it may be used and all of it is there. */
export function findStep(work: Workspace, key: string, rules: CacheRules): CachedStep | null {
  if (!rules.reads) return null;
  const { store } = work.engine;
  const step = readStep(store, key);
  if (step === null) return null;
  if (step.layer !== null) work.layers.has(step.layer.diffId);
  const old = rules.ttl !== null && Date.now() - Date.parse(step.created) > rules.ttl;
  if (old || !isWhole(work, step)) return null;
  touchStep(store, key);
  return step;
}

/** Keeps a result for later builds. */
export function keepStep(work: Workspace, key: string, step: CachedStep, rules: CacheRules): void {
  const { store } = work.engine;
  const before = rules.writes ? readStep(store, key) : null;
  const replaces = before?.layer && before.layer.digest !== step.layer?.digest;
  if (replaces || (!rules.writes && step.layer !== null)) work.leavesGarbage = true;
  if (rules.writes) writeStep(store, key, step);
}
