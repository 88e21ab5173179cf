import { BryoError } from '../base/errors.ts';
import type { OptionSpec } from './command.ts';

/** An option as it was given. */
export interface GivenOption {
  option: OptionSpec;
  value: string;
}

/** An argument vector taken apart: options in their order, then what is left. */
export interface SplitArgv {
  options: GivenOption[];
  positionals: string[];
}

export interface SplitRules {
  options: readonly OptionSpec[];
  /** For error messages: `bryo run`. */
  command: string;
  /** Stop at the first positional argument. */
  passthrough: boolean;
  /** Flags that are known and not to be had, with the reason. */
  refused?: Readonly<Record<string, string>>;
}

function usageError(rules: SplitRules, message: string): BryoError {
  return new BryoError('usage', message, { hint: `see '${rules.command} --help'` });
}

/** The rules with what finds a flag at once: there may be thousands of words. */
interface IndexedRules extends SplitRules {
  long: ReadonlyMap<string, OptionSpec>;
  short: ReadonlyMap<string, OptionSpec>;
}

function indexRules(rules: SplitRules): IndexedRules {
  const long = new Map<string, OptionSpec>();
  const short = new Map<string, OptionSpec>();
  for (const option of rules.options) {
    for (const name of [option.name, ...(option.aliases ?? [])]) {
      if (!long.has(name)) long.set(name, option);
    }
    if (option.short !== undefined && !short.has(option.short)) short.set(option.short, option);
  }
  return { ...rules, long, short };
}

/** Names that podman's flags once had; it takes them still, in every command (cmd/podman/utils). */
const formerNames: Readonly<Record<string, string>> = {
  'dns-opt': 'dns-option',
  'healthcheck-command': 'health-cmd',
  'healthcheck-interval': 'health-interval',
  'healthcheck-retries': 'health-retries',
  'healthcheck-start-period': 'health-start-period',
  'healthcheck-timeout': 'health-timeout',
  namespace: 'ns',
  net: 'network',
  notruncate: 'no-trunc',
  'override-arch': 'arch',
  'override-os': 'os',
  'override-variant': 'variant',
  storage: 'external',
};

function findLong(rules: IndexedRules, name: string): OptionSpec {
  const found =
    rules.long.get(name) ??
    (Object.hasOwn(formerNames, name) ? rules.long.get(formerNames[name] ?? '') : undefined);
  if (found !== undefined) return found;
  const { refused = {} } = rules;
  if (Object.hasOwn(refused, name)) {
    const reason = refused[name] ?? '';
    // Of some flags podman's own words say it all.
    const whole = reason.startsWith(name.replaceAll('-', ' '));
    throw new BryoError('usage', whole ? reason : `--${name} is not supported: ${reason}`);
  }
  throw usageError(rules, `unknown flag: --${name}`);
}

function switchValue(rules: SplitRules, flag: string, text: string): string {
  if (['true', 't', '1', 'TRUE', 'T', 'True'].includes(text)) return 'true';
  if (['false', 'f', '0', 'FALSE', 'F', 'False'].includes(text)) return 'false';
  throw usageError(rules, `invalid argument ${JSON.stringify(text)} for ${flag}: true or false`);
}

interface Cursor {
  words: readonly string[];
  at: number;
}

/** `flag` is as pflag tells of it: `--name`, or `'n' in -n`. */
function nextValue(rules: SplitRules, flag: string, cursor: Cursor): string {
  const value = cursor.words[cursor.at];
  if (value === undefined) throw usageError(rules, `flag needs an argument: ${flag}`);
  cursor.at += 1;
  return value;
}

function splitLong(rules: IndexedRules, word: string, cursor: Cursor): GivenOption {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const given = equals < 0 ? null : word.slice(equals + 1);
  const option = findLong(rules, name);
  const flag = `--${name}`;
  if (option.value === undefined) {
    return { option, value: given === null ? 'true' : switchValue(rules, flag, given) };
  }
  return { option, value: given ?? option.bare ?? nextValue(rules, flag, cursor) };
}

/** `-it`, `-eA=1`, `-e A=1`, `-p8080:80`, `-d=false`. */
function splitShort(rules: IndexedRules, word: string, cursor: Cursor): GivenOption[] {
  const result: GivenOption[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const option = rules.short.get(letter);
    if (option === undefined) {
      throw usageError(rules, `unknown shorthand flag: ${JSON.stringify(letter)} in ${word}`);
    }
    const rest = word.slice(at + 1);
    const value = rest.startsWith('=') ? rest.slice(1) : rest;
    if (option.value !== undefined) {
      const taken = rest === '' ? nextValue(rules, `'${letter}' in ${word}`, cursor) : value;
      result.push({ option, value: taken });
      return result;
    }
    if (rest.startsWith('=')) {
      result.push({ option, value: switchValue(rules, `-${letter}`, value) });
      return result;
    }
    result.push({ option, value: 'true' });
  }
  return result;
}

/**
 * Takes an argument vector apart the way podman's command line (pflag) does. clipanion rejects
 * some of these spellings, so it is given a normalised vector made from this.
 *
 * Throws BryoError `usage` for flags that the table does not have.
 */
export function splitArgv(words: readonly string[], given: SplitRules): SplitArgv {
  const rules = indexRules(given);
  const result: SplitArgv = { options: [], positionals: [] };
  const cursor: Cursor = { words, at: 0 };
  while (cursor.at < words.length) {
    const word = words[cursor.at] ?? '';
    cursor.at += 1;
    if (word === '--') {
      result.positionals = result.positionals.concat(words.slice(cursor.at));
      break;
    }
    if (word.startsWith('--')) {
      result.options.push(splitLong(rules, word, cursor));
    } else if (word.startsWith('-') && word !== '-') {
      for (const option of splitShort(rules, word, cursor)) result.options.push(option);
    } else {
      result.positionals.push(word);
      if (!rules.passthrough) continue;
      result.positionals = result.positionals.concat(words.slice(cursor.at));
      break;
    }
  }
  return result;
}

/** Whether clipanion reads `--no-NAME` as the opposite of a switch; of `--no-hosts` there is none. */
export function hasOpposite({ name, value }: OptionSpec): boolean {
  return value === undefined && !name.startsWith('no-');
}

/** An option's name for clipanion, whose names have no digits. */
export function parserName({ name }: OptionSpec): string {
  return name.replace(/\d/g, (digit) => `digit${String.fromCharCode(97 + Number(digit))}`);
}

/** The words clipanion reads: one spelling for each option. */
export function normalisedOptions(options: readonly GivenOption[]): string[] {
  return options.map(({ option, value }) => {
    const name = parserName(option);
    if (!hasOpposite(option)) return `--${name}=${value}`;
    return value === 'true' ? `--${name}` : `--no-${name}`;
  });
}

/** The words of a shell for options that were given; of each the long name. */
export function spelledWords(options: readonly GivenOption[]): string[] {
  return options.map(({ option, value }) => {
    if (option.value !== undefined) return `--${option.name}=${value}`;
    return value === 'true' ? `--${option.name}` : `--${option.name}=false`;
  });
}
