import { Cli, Command, Option } from 'clipanion';
import { BryoError } from '../base/errors.ts';
import { normalisedArgv, splitArgv } from './argv.ts';
import type { CommandSpec, OptionSpec, ParsedArguments } from './command.ts';

type ParsedValue = boolean | string | string[] | undefined;

function declareOption(option: OptionSpec): ParsedValue {
  const flag = `--${option.name}`;
  if (option.value === undefined) return Option.Boolean(flag);
  return option.repeat ? Option.Array(flag) : Option.String(flag);
}

/**
 * A clipanion command made from the table: one class serves every verb. Only the options that were
 * given are declared, for clipanion builds a state machine of them all (15 ms for `run`).
 */
function commandClass(spec: ParsedSpec, given: readonly OptionSpec[]) {
  return class TableCommand extends Command {
    static override paths = [[spec.name]];
    values: Record<string, ParsedValue> = {};
    rest: string[] = Option.Rest();

    constructor() {
      super();
      for (const option of given) {
        Object.assign(this, { [`option:${option.name}`]: declareOption(option) });
      }
    }

    value(option: OptionSpec): ParsedValue {
      return (this as unknown as Record<string, ParsedValue>)[`option:${option.name}`];
    }

    async execute(): Promise<void> {}
  };
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
  const TableCommand = commandClass(spec, [...given]);
  const command = Cli.from([TableCommand]).process(normalisedArgv(spec.name, split));
  if (!(command instanceof TableCommand)) throw new BryoError('usage', 'cannot read the arguments');
  checkCount(spec, command.rest.length, program);
  const find = (name: string): OptionSpec => {
    const option = spec.options.find((candidate) => candidate.name === name);
    if (option === undefined) throw new Error(`${spec.name} has no option --${name}`);
    return option;
  };
  const read = (name: string): ParsedValue => command.value(find(name));
  return {
    args: command.rest,
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
