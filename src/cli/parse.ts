// The package's main module would make streams of standard input, output and error: 10 ms.
import { CliBuilder } from 'clipanion/lib/core.js';
import { BryoError } from '../base/errors.ts';
import { type GivenOption, hasOpposite, normalisedOptions, parserName, splitArgv } from './argv.ts';
import type { CommandSpec, OptionSpec, ParsedArguments } from './command.ts';

type ParsedValue = boolean | string | string[] | undefined;

/** clipanion copies all that it has read with each further word: it gets so many words at a time. */
const portion = 16;

/**
 * Values of the options by name, as clipanion's parser reads them by the table. Only the options that
 * were given are declared, for it builds a state machine of them all (15 ms for `run`). What is no
 * option is not its business: a command line may have tens of thousands of words for the payload.
 */
function readOptions(spec: ParsedSpec, given: ReadonlySet<OptionSpec>, words: readonly string[]) {
  const cli = new CliBuilder<null>({ binaryName: spec.name });
  const command = cli.command();
  command.setContext(null);
  command.addPath([spec.name]);
  const values = new Map<string, (string | boolean)[]>();
  for (const option of given) {
    const isText = !hasOpposite(option);
    const name = `--${parserName(option)}`;
    command.addOption({ names: [name], arity: isText ? 1 : 0, allowBinding: isText });
    values.set(name, []);
  }
  const parser = cli.compile();
  for (let at = 0; at < words.length; at += portion) {
    const { options } = parser.process([spec.name, ...words.slice(at, at + portion)]);
    for (const { name, value } of options) values.get(name)?.push(value as string | boolean);
  }
  return values;
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

/** The parts of a command that the parser needs. */
export type ParsedSpec = Pick<
  CommandSpec,
  'name' | 'arguments' | 'passthrough' | 'options' | 'refused'
>;

/** Arguments, and what was given besides of the options that all commands share. */
export interface ParsedCommand extends ParsedArguments {
  shared: readonly GivenOption[];
}

/**
 * Reads the arguments of a command of `program`. `shared` are options that it has besides its own,
 * which win where names are the same. Throws BryoError `usage`.
 */
export function parseArguments(
  spec: ParsedSpec,
  words: readonly string[],
  program: string,
  shared: readonly OptionSpec[] = [],
): ParsedCommand {
  const split = splitArgv(words, {
    options: [...spec.options, ...shared],
    command: `${program} ${spec.name}`,
    passthrough: spec.passthrough ?? false,
    refused: spec.refused ?? {},
  });
  const own = split.options.filter(({ option }) => !shared.includes(option));
  const given = new Set(own.map(({ option }) => option));
  const options = readOptions(spec, given, normalisedOptions(own));
  const args = split.positionals;
  checkCount(spec, args.length, program);
  const find = (name: string): OptionSpec => {
    const option = spec.options.find((candidate) => candidate.name === name);
    if (option === undefined) throw new Error(`${spec.name} has no option --${name}`);
    return option;
  };
  const read = (name: string): ParsedValue => {
    const option = find(name);
    const { repeat, value: kind } = option;
    const values = options.get(`--${parserName(option)}`) ?? [];
    if (repeat && values.length > 0) return values as string[];
    const last = values.at(-1);
    return kind === undefined && typeof last === 'string' ? last === 'true' : last;
  };
  return {
    args,
    shared: split.options.filter(({ option }) => shared.includes(option)),
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
