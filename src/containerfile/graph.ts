import { BryoError } from '../base/errors.ts';
import { type Containerfile, readTriggers } from './containerfile.ts';
import { problem } from './errors.ts';
import { expandFrom, isStageInstruction } from './expand-instruction.ts';
import type { BuildGraph, GraphVariables, Source, Stage } from './graph-types.ts';
import type { InstructionOf, StageInstruction } from './instructions.ts';
import type { BuildArguments } from './predefined.ts';
import { globalArguments, Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { plainWords } from './words.ts';

/** The choices that a graph is made for. */
export interface PlanOptions extends BuildArguments {
  /** The stage that is asked for, by name or number; null: the last. */
  target: string | null;
  /** As in BuildGraph; absent: no. */
  platformAsked?: boolean;
  /** Names of `--build-context`. */
  contexts: readonly string[];
  /** Takes the place of the first FROM's image; null: it stays. */
  from: string | null;
}

/** Stages before they know what they need. */
interface Stages {
  stages: Stage[];
  variables: GraphVariables;
}

/** The stage of that name or number below `end`; undefined: there is none. */
function stageNamed(stages: readonly Stage[], words: string, end: number): Stage | undefined {
  const name = words.toLowerCase();
  // The last of several that have one name.
  const named = stages.slice(0, end).findLast((stage) => stage.name === name);
  if (named !== undefined) return named;
  return /^\d{1,6}$/.test(words) ? stages.slice(0, end)[Number(words)] : undefined;
}

function sourceOf(
  { stages, contexts }: Pick<BuildGraph, 'stages' | 'contexts'>,
  index: number,
  words: string,
  platform: string | null,
): Source {
  const stage = stageNamed(stages, words, index);
  if (contexts.includes(words)) return { kind: 'context', name: words };
  // A context in the place of a stage has its number as well.
  if (stage?.name !== null && stage !== undefined && contexts.includes(stage.name)) {
    return { kind: 'context', name: stage.name };
  }
  if (stage !== undefined) return { kind: 'stage', index: stage.index };
  if (words === 'scratch') return { kind: 'scratch' };
  return { kind: 'image', name: words, platform };
}

/** The meaning of `--from` or `from=` in a stage; its words are expanded. */
export function findSource(graph: BuildGraph, stageIndex: number, words: string): Source {
  return sourceOf(graph, stageIndex, words, null);
}

/** The words by which an instruction names where it takes files from. */
function origins(instruction: StageInstruction): string[] {
  if (instruction.kind === 'copy') return instruction.from === null ? [] : [instruction.from];
  if (instruction.kind !== 'run') return [];
  return instruction.mounts.flatMap((mount) =>
    (mount.kind === 'bind' || mount.kind === 'cache') && mount.from !== null ? [mount.from] : [],
  );
}

/**
 * A stage's instructions as far as they can be expanded without the base image's environment: that names stages
 * as a rule. One that cannot yet is left as it is.
 */
function foreseen(stage: Stage, variables: GraphVariables): StageInstruction[] {
  const scope = new Scope({ ...variables, env: [], escapeToken: stage.escapeToken });
  return stage.instructions.map((instruction) => {
    try {
      return scope.expand(instruction);
    } catch (error) {
      if (error instanceof BryoError) return instruction;
      throw error;
    }
  });
}

/** Refuses a stage that takes from itself or from one that comes later: there would be no order. */
function checkOrder(
  stages: readonly Stage[],
  stage: Stage,
  words: string,
  by: StageInstruction,
): void {
  const later = stageNamed(stages, words, stages.length);
  if (later === undefined || later.index < stage.index || !/^[a-z]/i.test(words)) return;
  const why =
    later.index === stage.index
      ? `the stage "${words}" takes from itself`
      : `the stage "${words}" begins further below, at line ${later.from.place.line}: stages take from those above`;
  throw problem(by.place, by.text, why);
}

function needsOf(
  graph: Pick<BuildGraph, 'stages' | 'contexts' | 'variables'>,
  stage: Stage,
): number[] {
  const needs = new Set<number>();
  if (stage.base.kind === 'stage') needs.add(stage.base.index);
  for (const instruction of foreseen(stage, graph.variables)) {
    for (const words of origins(instruction)) {
      const source = sourceOf(graph, stage.index, words, null);
      if (source.kind === 'stage') needs.add(source.index);
      if (source.kind === 'image') checkOrder(graph.stages, stage, words, instruction);
    }
  }
  return [...needs].sort((one, other) => one - other);
}

function neededFor(stages: readonly Stage[], target: number): number[] {
  const needed = new Set<number>();
  // Stages need only those above: a stack does, and deep chains do no harm.
  const open = [target];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (needed.has(index)) continue;
    needed.add(index);
    open.push(...(stages[index]?.needs ?? []));
  }
  return [...needed].sort((one, other) => one - other);
}

function findTarget(stages: readonly Stage[], target: string | null): number {
  if (target === null || target === '') return stages.length - 1;
  const found = stageNamed(stages, target, stages.length);
  if (found !== undefined) return found.index;
  const names = stages.flatMap(({ name }) => name ?? []);
  throw new BryoError(
    'bad-containerfile',
    `the target "${target}" was not found in the provided Dockerfile`,
    {
      hint:
        didYouMean(target, names) ??
        (names.length > 0 ? `its stages are ${names.join(', ')}` : 'its stages have no names'),
    },
  );
}

/** The ARGs before the first FROM, and what each FROM begins. */
function divide(files: readonly Containerfile[]) {
  const heading: InstructionOf<'arg'>[] = [];
  const parts: {
    from: InstructionOf<'from'>;
    instructions: StageInstruction[];
    escapeToken: string;
  }[] = [];
  for (const { instructions, directives } of files) {
    for (const instruction of instructions) {
      const last = parts.at(-1);
      if (!isStageInstruction(instruction)) {
        parts.push({ from: instruction, instructions: [], escapeToken: directives.escapeToken });
      } else if (last !== undefined) last.instructions.push(instruction);
      else if (instruction.kind === 'arg') heading.push(instruction);
      else {
        const name = instruction.kind.toUpperCase();
        throw problem(
          instruction.place,
          instruction.text,
          `no FROM statement found before ${name}`,
        );
      }
    }
  }
  return { heading, parts };
}

/** FROM as progress shows it: with the image that it means. */
function fromText(from: InstructionOf<'from'>, image: string): string {
  const words = plainWords(from.text);
  const at = words.lastIndexOf(from.image);
  return words.map((word, index) => (index === at ? image : word)).join(' ');
}

function readStages(files: readonly Containerfile[], options: PlanOptions): Stages {
  const { heading, parts } = divide(files);
  const [file] = files;
  if (file === undefined || parts.length === 0) {
    throw problem(
      { file: file?.file ?? 'Containerfile', line: 1 },
      null,
      'no FROM statement found',
    );
  }
  const globals = globalArguments(heading, options, file.directives.escapeToken);
  const variables = { globals, given: options.given };
  const stages: Stage[] = [];
  for (const [index, { from, instructions, escapeToken }] of parts.entries()) {
    const image = index === 0 && options.from !== null ? options.from : from.image;
    const variables = (name: string) => globals.get(name);
    const read = expandFrom({ ...from, image }, { variables, escapeToken });
    const expanded = { ...read, text: fromText(from, read.image) };
    const base = sourceOf(
      { stages, contexts: options.contexts },
      index,
      expanded.image,
      expanded.platform,
    );
    stages.push({
      index,
      name: from.name,
      from: expanded,
      base,
      instructions,
      needs: [],
      escapeToken,
    });
  }
  return { stages, variables };
}

/**
 * The work of a build for a target. Several files are read as one.
 *
 * Throws BryoError `bad-containerfile`: no FROM, no such target, stages that take from later ones.
 */
export function planBuild(files: readonly Containerfile[], options: PlanOptions): BuildGraph {
  const { stages, variables } = readStages(files, options);
  const { contexts, platform, platformAsked = false } = options;
  for (const stage of stages) stage.needs = needsOf({ stages, contexts, variables }, stage);
  const target = findTarget(stages, options.target);
  const needed = neededFor(stages, target);
  return { stages, target, needed, platform, platformAsked, contexts, variables };
}

/**
 * The graph with the triggers that a stage's base image has (ONBUILD): they come first in the stage.
 * Throws BryoError `bad-containerfile` for those that cannot be read.
 */
export function withTriggers(
  graph: BuildGraph,
  stageIndex: number,
  onBuild: readonly string[],
  image: string,
): BuildGraph {
  const triggers = readTriggers(onBuild, image).filter(isStageInstruction);
  const stages = graph.stages.map((stage) => {
    if (stage.index !== stageIndex) return stage;
    const changed = { ...stage, instructions: [...triggers, ...stage.instructions] };
    return { ...changed, needs: needsOf(graph, changed) };
  });
  return { ...graph, stages, needed: neededFor(stages, graph.target) };
}

/** The variables of a stage at its beginning; `env` is its base image's environment. */
export function openScope(graph: BuildGraph, stage: Stage, env: readonly string[]): Scope {
  return new Scope({ ...graph.variables, env, escapeToken: stage.escapeToken });
}

/** Arguments that were given and that no needed stage and no heading declares, which is a mistake as a rule. */
export function unusedArguments(graph: BuildGraph, files: readonly Containerfile[]): string[] {
  const declared = new Set(
    files.flatMap(({ instructions }) =>
      instructions.flatMap((one) =>
        one.kind === 'arg' ? one.arguments.map(({ name }) => name) : [],
      ),
    ),
  );
  return Object.keys(graph.variables.given).filter((name) => !declared.has(name));
}
