import { BryoError } from '../base/errors.ts';
import { jsonText } from '../base/text.ts';
import type { BuildGraph, Source, Stage } from './graph-types.ts';
import type { StageInstruction } from './instructions.ts';
import { Scope } from './scope.ts';

function sourceText(source: Source): string {
  switch (source.kind) {
    case 'scratch':
      return 'scratch';
    case 'stage':
      return `stage ${source.index}`;
    case 'context':
      return `context ${source.name}`;
    case 'image':
      return `image ${source.name}${source.platform === null ? '' : ` for ${source.platform}`}`;
  }
}

/** Fields that are elsewhere in a line, or only those of other fields as written. */
const hidden = ['kind', 'place', 'text', 'documents', 'mountWords'];

function isPlain(value: unknown): boolean {
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
}

/** The fields of an instruction that say something: `from="base" link=true`. */
function fieldsText(instruction: StageInstruction): string {
  return Object.entries(instruction)
    .filter(([name, value]) => !hidden.includes(name) && !isPlain(value))
    .map(([name, value]) => `${name}=${jsonText(value)}`)
    .join(' ');
}

function instructionText(scope: Scope, instruction: StageInstruction): string {
  const line = `  ${instruction.place.line} ${instruction.kind.toUpperCase()}`;
  try {
    return `${line} ${fieldsText(scope.expand(instruction))}`;
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return `${line} cannot be expanded: ${error.message}`;
  }
}

function stageLines(graph: BuildGraph, stage: Stage): string[] {
  const needed = graph.needed.includes(stage.index);
  const name = stage.name === null ? '' : ` ${stage.name}`;
  const target = stage.index === graph.target ? ', the target' : '';
  const needs = stage.needs.length === 0 ? '' : `, needs ${stage.needs.join(' ')}`;
  const head = `stage ${stage.index}${name}: from ${sourceText(stage.base)}${needs}${target}`;
  if (!needed) return [`${head}, not needed`];
  // The base image's environment is not known yet.
  const scope = new Scope({ ...graph.variables, env: [], escapeToken: stage.escapeToken });
  return [head, ...stage.instructions.map((one) => instructionText(scope, one))];
}

/**
 * A graph for people, and for tests: a line per stage and per instruction, with its line number and its words
 * as far as they are known before any image is read.
 */
export function explainGraph(graph: BuildGraph): string {
  const lines = graph.stages.flatMap((stage) => stageLines(graph, stage));
  return [`platform ${graph.platform}`, ...lines].map((line) => `${line}\n`).join('');
}
