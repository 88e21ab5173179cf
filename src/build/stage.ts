import { BryoError } from '../base/errors.ts';
import { openScope } from '../containerfile/graph.ts';
import type { Stage } from '../containerfile/graph-types.ts';
import type { InstructionOf, StageInstruction } from '../containerfile/instructions.ts';
import { isProxyArgument } from '../containerfile/predefined.ts';
import { shownText, stepText } from '../containerfile/step-text.ts';
import { withPairs } from '../image/instruction-settings.ts';
import { formatPlatform, parsePlatform } from '../image/platform.ts';
import type { CachedStep } from '../store/step-cache.ts';
import { emptyState, imageOfSource, stateOfImage } from './base.ts';
import { stateId } from './commit-image.ts';
import type { BuiltLayer, HistoryRecord, ImageState } from './config-document.ts';
import { type BuildContext, creationTime } from './context.ts';
import { prepareCopyStep } from './copy-step.ts';
import { atStep } from './failure.ts';
import { metadataWords } from './history.ts';
import { applyMetadata } from './metadata.ts';
import { prepareRun } from './run-step.ts';
import {
  type CacheRules,
  findStep,
  keepStep,
  type PreparedStep,
  type StageState,
  type StepPlace,
  stepKey,
} from './steps.ts';

/** The beginning of a stage: its image, a key that stands for it, and how the history calls it. */
interface Beginning {
  image: ImageState;
  key: string;
  /** Empty: nothing. */
  comment: string;
}

async function begin(context: BuildContext, stage: Stage): Promise<Beginning> {
  const { graph, request, work, images } = context;
  const { base } = stage;
  if (base.kind === 'scratch') {
    const platform = formatPlatform(parsePlatform(stage.from.platform ?? graph.platform));
    const image = emptyState(platform);
    return { image, key: stepKey('scratch', platform), comment: '' };
  }
  if (base.kind === 'stage') {
    const { image, key } = await context.stage(base.index);
    // Triggers have been pulled: they are this stage's first instructions.
    const { OnBuild: _pulled, ...settings } = image.settings;
    return { image: { ...image, settings, ownCommand: false }, key, comment: '' };
  }
  const named = imageOfSource(base, request);
  if (named === null) {
    throw new BryoError('bad-containerfile', `FROM ${stage.from.image}: a directory is no image`, {
      hint: '--build-context NAME=docker-image://IMAGE',
    });
  }
  const found = await images.find(named.name, named.platform ?? platformOf(context));
  const comment = `FROM ${found.name}`;
  return { image: stateOfImage(work, found), key: stepKey('image', found.image.id), comment };
}

/** Null: the machine's own. */
function platformOf({ graph }: BuildContext): string | null {
  return graph.platform;
}

function cacheRules({ request }: BuildContext, stage: Stage): CacheRules {
  const { cache, result } = request;
  const { noCache, noCacheFilter, ttl } = cache;
  const filtered = [stage.name ?? '', String(stage.index)].some((name) =>
    noCacheFilter.includes(name),
  );
  const layered = result.layers && result.squash === 'none';
  return {
    reads: !noCache && !filtered && layered,
    writes: layered,
    ttl: ttl === null ? null : ttl * 1000,
  };
}

async function prepare(
  context: BuildContext,
  instruction: StageInstruction,
  place: StepPlace,
): Promise<PreparedStep> {
  if (instruction.kind === 'run') return prepareRun(context, instruction, place);
  if (instruction.kind === 'copy' || instruction.kind === 'add') {
    return prepareCopyStep(context, instruction, place);
  }
  const words = metadataWords(instruction);
  return {
    instruction,
    inputs: [instruction.kind, words, ...effect(instruction)],
    words,
    exactly: null,
    makeLayer: null,
  };
}

/** What an instruction says beside its place in a file: the value of an argument is what uses it makes of it. */
function effect(instruction: StageInstruction): unknown[] {
  if (instruction.kind === 'arg') return [];
  const { place: _place, ...rest } = instruction;
  return [rest];
}

/** Times that new layers get are a part of what they are. */
function timeInputs({ request }: BuildContext): unknown {
  const { times } = request.result;
  return [times.timestamp, times.sourceDateEpoch, times.rewriteTimestamp];
}

function after(
  image: ImageState,
  step: PreparedStep,
  result: CachedStep,
  comment: string,
): ImageState {
  const { created, layer, words } = result;
  const changed = applyMetadata(image, step.instruction);
  const entry: HistoryRecord = {
    created,
    created_by: words,
    ...(comment !== '' && { comment }),
    ...(layer === null && { empty_layer: true }),
  };
  const layers: BuiltLayer[] = layer === null ? changed.layers : [...changed.layers, layer];
  // The stage's own list: a copy for each step would take the time of a square.
  changed.history.push(entry);
  return { ...changed, created, layers };
}

/** Labels and variables of the command line, which the image gets before its first instruction. */
function withRequested(context: BuildContext, image: ImageState): ImageState {
  const { metadata } = context.request.result;
  const { unsetLabels, env } = metadata;
  const plain = image.settings;
  const labels = Object.entries(plain.Labels ?? {}).filter(([key]) => !unsetLabels.includes(key));
  const settings = {
    ...plain,
    // Copies: instructions let them grow, and other stages may begin with the same.
    ...(plain.Env !== undefined && { Env: [...plain.Env] }),
    ...(env.length > 0 && { Env: withPairs(plain.Env ?? [], env) }),
    ...(plain.Labels !== undefined && { Labels: Object.fromEntries(labels) }),
  };
  return { ...image, settings, history: [...image.history] };
}

/** Tells of arguments that nobody has given a value, in podman's words. */
function warnOfMissing({ progress }: BuildContext, instruction: InstructionOf<'arg'>): void {
  for (const { name, value } of instruction.arguments) {
    if (value !== null || isProxyArgument(name)) continue;
    const flag = `--build-arg ${name}=<VALUE>`;
    progress.warn(`missing "${name}" build argument. Try adding "${flag}" to the command line`);
  }
}

/** Builds a stage. `shown`: its number for progress, of so many; `last`: it is the build's target. */
export async function buildStage(
  context: BuildContext,
  stage: Stage,
  { shown, stages, last }: { shown: number; stages: number; last: boolean },
): Promise<StageState> {
  const { progress, request, work, graph } = context;
  const { format } = request.result.metadata;
  const count = stage.instructions.length + 1;
  const tell = (number: number, text: string): void =>
    progress.step({ stage: shown, stages, number, count, text });
  tell(1, stepText(stage.from));
  const beginning = await begin(context, stage);
  const rules = cacheRules(context, stage);
  let image = withRequested(context, beginning.image);
  let key = stepKey(beginning.key, [request.result.metadata.env]);
  let { comment } = beginning;
  const scope = openScope(graph, stage, image.settings.Env ?? []);
  const made: StageState['made'] = new Map();
  for (const [index, raw] of stage.instructions.entries()) {
    work.signal.throwIfAborted();
    tell(index + 2, stepText(raw));
    try {
      const instruction = scope.expand(raw);
      if (instruction.kind === 'arg') warnOfMissing(context, instruction);
      const place = { stage: stage.index, shown, scope, image };
      const step = await prepare(context, instruction, place);
      const done = await find(context, step, key, rules);
      for (const one of done.keys) made.set(one, done.result);
      const { earlier, result } = done;
      key = done.key;
      image = after(image, step, result, comment);
      comment = '';
      const isLast = index === stage.instructions.length - 1;
      // There are no images between: only the last step's id is that of one.
      const id = last && isLast ? stateId(image, format) : key;
      if (earlier) progress.cached(shown, id);
      if (isLast ? !last : request.result.layers) progress.made(shown, id);
    } catch (error) {
      throw work.signal.aborted ? error : atStep(error, shownText(raw.text));
    }
  }
  return { image, key, made };
}

/** A step that is done. */
interface DoneStep {
  result: CachedStep;
  /** That stands for it to later steps. */
  key: string;
  /** An earlier build has done it. */
  earlier: boolean;
  /** Keys under which its result is kept. */
  keys: string[];
}

/**
 * Takes a step's result from an earlier build or carries it out. Files of other stages and images are known by
 * what these are, and only if that has no result by what the files themselves are.
 */
async function find(
  context: BuildContext,
  step: PreparedStep,
  parent: string,
  rules: CacheRules,
): Promise<DoneStep> {
  const { work } = context;
  const times = timeInputs(context);
  const key = stepKey(parent, [step.inputs, times]);
  if (rules.reads) await context.remote?.take(key);
  const known = findStep(work, key, rules);
  if (known !== null) {
    return { result: known, key: known.exact ?? key, earlier: true, keys: [key] };
  }
  const inputs = step.exactly === null ? step : await step.exactly();
  const exact = step.exactly === null ? key : stepKey(parent, [inputs.inputs, times]);
  if (rules.reads && exact !== key) await context.remote?.take(exact);
  const same = exact === key ? null : findStep(work, exact, rules);
  const result = same ?? (await carryOut(context, step, inputs.words));
  const keys = [...new Set([key, exact])];
  for (const one of keys) {
    keepStep(work, one, one === exact ? result : { ...result, exact }, rules);
  }
  return { result, key: exact, earlier: same !== null, keys: rules.writes ? [exact] : [] };
}

async function carryOut(
  context: BuildContext,
  step: PreparedStep,
  words: string,
): Promise<CachedStep> {
  const layer = step.makeLayer === null ? null : await step.makeLayer();
  return { created: creationTime(context.request), layer, words };
}
