import { Refusal } from '../errors.ts';
import { expandWord } from '../expansion.ts';
import type { BuildGraph, Stage } from '../graph-types.ts';
import { ignoreRules } from '../ignore.ts';
import type { InstructionOf, StageInstruction } from '../instructions.ts';
import { isProxyArgument } from '../predefined.ts';
import { Scope } from '../scope.ts';
import { suggest } from '../suggest.ts';
import type { Report } from './writing.ts';

const reserved = ['context', 'scratch'];
const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const noSecret = /(?:_|^)(?:public|file|version)(?:_|$)/i;

function checkNames(stages: readonly Stage[], report: Report): void {
  const seen = new Set<string>();
  for (const { name, from } of stages) {
    if (name === null) continue;
    if (reserved.includes(name)) {
      const message = `Stage name should not use the same name as reserved stage "${name}"`;
      report('ReservedStageName', from.place, message);
    }
    if (seen.has(name)) {
      const message = `Duplicate stage name "${name}", stage names should be unique`;
      report('DuplicateStageName', from.place, message);
    }
    seen.add(name);
  }
}

/** Of instructions of which the last one counts, those before it. */
function checkRepeats({ instructions }: Stage, report: Report): void {
  const last = new Map<string, StageInstruction>();
  for (const instruction of instructions) {
    const { kind } = instruction;
    if (!['cmd', 'entrypoint', 'healthcheck'].includes(kind)) continue;
    const before = last.get(kind);
    if (before !== undefined) {
      report(
        'MultipleInstructionsDisallowed',
        before.place,
        `Multiple ${kind.toUpperCase()} instructions should not be used in the same stage because only the last one will be used`,
      );
    }
    last.set(kind, instruction);
  }
}

function checkSecrets(instruction: StageInstruction, report: Report): void {
  const names =
    instruction.kind === 'arg'
      ? instruction.arguments.map(({ name }) => name)
      : instruction.kind === 'env'
        ? instruction.pairs.map(({ key }) => key)
        : [];
  for (const name of names) {
    if (!secret.test(name) || noSecret.test(name)) continue;
    const kind = instruction.kind.toUpperCase();
    report(
      'SecretsUsedInArgOrEnv',
      instruction.place,
      `Do not use ARG or ENV instructions for sensitive data (${kind} "${name}")`,
    );
  }
}

function checkPorts({ ports, place }: InstructionOf<'expose'>, report: Report): void {
  for (const port of ports) {
    const [, protocol = ''] = port.split('/');
    if (protocol !== protocol.toLowerCase()) {
      const message = `Defined protocol '${port}' in EXPOSE instruction should be lowercase`;
      report('ExposeProtoCasing', place, message);
    }
    if (!port.includes(':')) continue;
    report(
      'ExposeInvalidFormat',
      place,
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
    );
  }
}

function checkSources(
  instruction: StageInstruction,
  ignored: (path: string) => boolean,
  report: Report,
): void {
  if (instruction.kind !== 'copy' && instruction.kind !== 'add') return;
  if (instruction.kind === 'copy' && instruction.from !== null) return;
  for (const source of instruction.sources) {
    if (source.kind !== 'path' || /^[a-z+]+:\/\//i.test(source.path)) continue;
    const path = source.path.replace(/^[./]*\/|\/+$/g, '');
    if (path === '' || path === '.' || !ignored(path)) continue;
    const name = instruction.kind === 'copy' ? 'Copy' : 'Add';
    report(
      'CopyIgnoredFile',
      instruction.place,
      `Attempting to ${name} file "${path}" that is excluded by .dockerignore`,
    );
  }
}

/** Whether a stage's environment is known: no image is below it. */
function isFromScratch(stages: readonly Stage[], stage: Stage): boolean {
  const { base } = stage;
  if (base.kind !== 'stage') return base.kind === 'scratch';
  const below = stages[base.index];
  return below !== undefined && isFromScratch(stages, below);
}

/** Words that are only looked at, whatever is wrong with them. */
function tolerant<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function checkVariables(graph: BuildGraph, stage: Stage, env: readonly string[], report: Report) {
  let place = stage.from.place;
  const names = new Set(env.map((word) => word.split('=', 1)[0] ?? ''));
  const isKnown = isFromScratch(graph.stages, stage);
  const told = new Set<string>();
  const onUnset = (name: string): void => {
    const key = `${place.line} ${name}`;
    if (names.has(name) || name === 'PATH' || isProxyArgument(name) || told.has(key)) return;
    const near = suggest(name, [...names]);
    // The environment of an image that is not at hand may have it; what is nearly a known name is a mistake.
    if (!isKnown && near === undefined) return;
    told.add(key);
    const hint = near === undefined ? '' : ` (did you mean $${near}?)`;
    report('UndefinedVar', place, `Usage of undefined variable '$${name}'${hint}`);
  };
  const { escapeToken } = stage;
  const scope = new Scope({ ...graph.variables, env, escapeToken, onUnset });
  for (const instruction of stage.instructions) {
    place = instruction.place;
    tolerant(() => scope.expand(instruction));
    if (instruction.kind === 'arg') for (const { name } of instruction.arguments) names.add(name);
    if (instruction.kind === 'env') for (const { key } of instruction.pairs) names.add(key);
  }
  return [...env, ...stage.instructions.flatMap(environmentOf)];
}

function environmentOf(instruction: StageInstruction): string[] {
  if (instruction.kind !== 'env') return [];
  return instruction.pairs.map(({ key, value }) => `${key}=${value}`);
}

function checkWorkdirs({ instructions }: Stage, absolute: boolean, report: Report): boolean {
  let isSafe = absolute;
  for (const instruction of instructions) {
    if (instruction.kind !== 'workdir') continue;
    const { path, place } = instruction;
    if (/^[/$"'\\]/.test(path)) isSafe = true;
    else if (!isSafe) {
      const message = `Relative workdir ${JSON.stringify(path)} can have unexpected results if the base image changes`;
      report('WorkdirRelativePath', place, message);
      isSafe = true;
    }
  }
  return isSafe;
}

function checkForms(instruction: StageInstruction, ownShell: boolean, report: Report): void {
  const { kind, place } = instruction;
  if (kind === 'maintainer') {
    report(
      'MaintainerDeprecated',
      place,
      'Maintainer instruction is deprecated in favor of using label',
    );
  }
  if ((kind !== 'cmd' && kind !== 'entrypoint') || ownShell) return;
  if (instruction.command.form === 'exec') return;
  report(
    'JSONArgsRecommended',
    place,
    `JSON arguments recommended for ${kind.toUpperCase()} to prevent unintended behavior related to OS signals`,
  );
}

/** Checks of what the stages of a graph say. `ignore` are the lines of the ignore file. */
export function checkStages(graph: BuildGraph, ignore: readonly string[], report: Report): void {
  checkNames(graph.stages, report);
  const rules = ignoreRules(ignore);
  // Exceptions make it unclear what is left of a directory.
  const exceptions = ignore.some((line) => line.startsWith('!'));
  const ignored = (path: string): boolean => !exceptions && rules.ignores(path);
  const environments: string[][] = [];
  const absolute: boolean[] = [];
  for (const stage of graph.stages) {
    const { base, instructions } = stage;
    const below = base.kind === 'stage' ? base.index : -1;
    checkRepeats(stage, report);
    absolute.push(checkWorkdirs(stage, absolute[below] ?? false, report));
    environments.push(checkVariables(graph, stage, environments[below] ?? [], report));
    let ownShell = false;
    for (const instruction of instructions) {
      if (instruction.kind === 'shell') ownShell = true;
      checkForms(instruction, ownShell, report);
      checkSecrets(instruction, report);
      checkSources(instruction, ignored, report);
      if (instruction.kind === 'expose') checkPorts(instruction, report);
    }
  }
}

/** Names in a word that a set of values does not have. */
export function unsetNames(
  word: string,
  values: ReadonlyMap<string, string>,
  escapeToken: string,
): { unset: string[]; used: string[]; result: string | null } {
  const [unset, used]: [string[], string[]] = [[], []];
  const variables = (name: string): string | undefined => {
    if (values.has(name)) used.push(name);
    return values.get(name);
  };
  const onUnset = (name: string): void => {
    unset.push(name);
  };
  try {
    return { result: expandWord(word, variables, { escapeToken, onUnset }), unset, used };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { result: null, unset, used };
  }
}
