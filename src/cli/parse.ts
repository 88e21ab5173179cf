// The package's main module would make streams of standard input, output and error: 10 ms.
import { CliBuilder } from 'clipanion/lib/core.js';
import { BryoError } from '../base/errors.ts';
import { hasOpposite, normalisedArgv, splitArgv } from './argv.ts';
import type { CommandSpec, OptionSpec, ParsedArguments } from './command.ts';

type ParsedValue = boolean | string | string[] | undefined;

/**
 * The words of a command as clipanion's parser reads them by the table. Only the options that were
 * given are declared, for it builds a state machine of them all (15 ms for `run`).
 */
function readWords(spec: ParsedSpec, given: ReadonlySet<OptionSpec>, words: string[]) {
  const cli = new CliBuilder<null>({ binaryName: spec.name });
  const command = cli.command();
  command.setContext(null);
  command.addPath([spec.name]);
  for (const option of given) {
    const isText = !hasOpposite(option);
    command.addOption({ names: [`--${option.name}`], arity: isText ? 1 : 0, allowBinding: isText });
  }
  command.addRest();
  return cli.compile().process(words);
}

function checkCount(spec: ParsedSpec, count: number, program: string): void {
  const { min, max } = spec.arguments;
  const hint = `see '${program} ${spec.name} --help'`;
  if (count < min) {
    const what = min === 1 ? 'at least 1 argument' : `at least ${min} arguments`;
    throw new BryoError('usage', `${spec.name} requires ${what}, received ${count}`, { hint });
  }
  if (count > max) {
    throw new BryoError(
      'usage',
      max === 0
        ? `${spec.name} takes no arguments, received ${count}`
        : `${spec.name} accepts at most ${max} argument${max === 1 ? '' : 's'}, received ${count}`,
      { hint },
    );
  }
}

/** What the parser needs to know of a command. */
export type ParsedSpec = Pick<
  CommandSpec,
  'name' | 'arguments' | 'passthrough' | 'options' | 'refused'
>;

/** Reads the arguments of a command of `program`. Throws BryoError `usage`. */
export function parseArguments(
  spec: ParsedSpec,
  words: readonly string[],
  program: string,
): ParsedArguments {
  const split = splitArgv(words, {
    options: spec.options,
    command: `${program} ${spec.name}`,
    passthrough: spec.passthrough ?? false,
    refused: spec.refused ?? {},
  });
  const given = new Set(split.options.map(({ option }) => option));
  const state = readWords(spec, given, normalisedArgv(spec.name, split));
  const args = state.positionals.map(({ value }) => value);
  checkCount(spec, args.length, program);
  const find = (name: string): OptionSpec => {
    const option = spec.options.find((candidate) => candidate.name === name);
    if (option === undefined) throw new Error(`${spec.name} has no option --${name}`);
    return option;
  };
  const read = (name: string): ParsedValue => {
    const { repeat, value: kind } = find(name);
    const values = state.options.filter((option) => option.name === `--${name}`);
    if (repeat && values.length > 0) return values.map(({ value }): string => value);
    const last = values.at(-1)?.value;
    return kind === undefined && typeof last === 'string' ? last === 'true' : last;
  };
  return {
    args,
    flag: (name) => {
      const value = read(name);
      return typeof value === 'boolean' ? value : (find(name).on ?? false);
    },
    given: (name) => spec.options.some((o) => o.name === name) && read(name) !== undefined,
    text: (name) => {
      const value = read(name);
      if (typeof value === 'string') return value;
      return Array.isArray(value) ? (value.at(-1) ?? null) : null;
    },
    texts: (name) => {
      const value = read(name);
      if (typeof value === 'string') return [value];
      return Array.isArray(value) ? value : [];
    },
  };
}
