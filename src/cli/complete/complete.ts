import { BryoError } from '../../base/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { type GivenOption, type SplitArgv, splitArgv } from '../argv.ts';
import type { CommandSpec, Noun, OptionSpec } from '../command.ts';
import { commands } from '../commands.ts';
import type { Dialect } from '../dialect.ts';
import { findCommand, nounOf, nouns } from '../find-command.ts';
import { globalOptions, persistentOptions } from '../global-options.ts';
import { completeWord } from './names.ts';
import {
  among,
  type Completion,
  files,
  nothing,
  type Suggestion,
  writeCompletion,
} from './protocol.ts';

export interface CompletionRequest {
  argv: readonly string[];
  dialect: Dialect;
  /** Makes the engine that these global flags stand for. */
  open(options: readonly GivenOption[]): Promise<Engine>;
}

/** The words before the one that is completed, taken apart. */
interface Before extends SplitArgv {
  /** The option of which the value is completed. */
  awaiting: OptionSpec | null;
}

function optionOf(word: string, options: readonly OptionSpec[]): OptionSpec | null {
  const long = /^--(.+)$/.exec(word)?.[1];
  const found = options.find(({ name, aliases = [], short }) =>
    long === undefined ? short === word.at(-1) : name === long || aliases.includes(long),
  );
  return found ?? null;
}

/** Null: the words are none that the command would take. */
function takeApart(
  words: readonly string[],
  options: readonly OptionSpec[],
  passthrough: boolean,
): Before | null {
  const rules = { options, command: 'bryo', passthrough };
  try {
    return { ...splitArgv(words, rules), awaiting: null };
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    if (!error.message.startsWith('flag needs an argument')) return null;
    const awaiting = optionOf(words.at(-1) ?? '', options);
    return { ...splitArgv(words.slice(0, -1), rules), awaiting };
  }
}

function flagsOf(options: readonly OptionSpec[], start: string): Completion {
  const all = options.flatMap(({ name, short, help }): Suggestion[] => [
    { word: `--${name}`, says: help },
    ...(start === '-' && short !== undefined ? [{ word: `-${short}`, says: help }] : []),
  ]);
  return among(
    all.sort((a, b) => a.word.localeCompare(b.word)),
    start,
  );
}

type Open = () => Promise<Engine>;

async function completeValue(option: OptionSpec, start: string, open: Open): Promise<Completion> {
  const { name, choices, value = '' } = option;
  if (name === 'module') {
    const { moduleNames } = await import('./modules.ts');
    return { ...among(moduleNames(), start), directive: 'Default' };
  }
  if (name === 'network') {
    const { suggestions } = await completeWord(open, 'NETWORK', start);
    return among([...suggestions, ...(choices ?? [])], start);
  }
  if (choices !== undefined) return among(choices, start);
  return completeWord(open, value, start);
}

/** The word of a synopsis that stands for an argument: its last one for all that follow, where it says so. */
function synopsisWord({ synopsis, arguments: { max } }: CommandSpec, index: number): string | null {
  if (index >= max) return null;
  const words = synopsis.split(' ').filter(Boolean);
  const repeated = words.findIndex((word) => word.includes('...'));
  const at = repeated >= 0 && index >= repeated ? repeated : index;
  return words[at] ?? null;
}

/** The verbs that may follow a noun, or nothing. */
async function verbWords(noun: Noun | null, start: string): Promise<Completion> {
  const fitting = commands
    .map((entry) => ({
      entry,
      name: noun === null ? entry.names[0] : entry.nounVerbs[0],
      fits: noun === null ? !entry.nested : entry.noun === noun,
    }))
    .filter(({ name, fits }) => fits && name?.startsWith(start));
  const suggestions = await Promise.all(
    fitting.map(async ({ entry, name = '' }) => ({
      word: name,
      says: (await entry.load()).summary,
    })),
  );
  const further = noun === null ? [...nouns, 'help'].map((word) => ({ word, says: '' })) : [];
  return among([...suggestions, ...further], start);
}

/** A container or an image that cannot be looked at may be a file of the caller's. */
async function orFiles(completion: Promise<Completion>): Promise<Completion> {
  try {
    return await completion;
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return files;
  }
}

/** The verbs whose further words are a command in a container of an image. */
const startsImages: readonly string[] = ['create', 'run'];

async function argumentOf(spec: CommandSpec, before: Before, start: string, open: Open) {
  const index = before.positionals.length;
  const [image] = before.positionals;
  const isOfImage =
    startsImages.includes(spec.name) &&
    !before.options.some(({ option }) => option.name === 'rootfs');
  if (isOfImage && image !== undefined) {
    const { imagePaths } = await import('./paths.ts');
    return orFiles(imagePaths(await open(), image, start));
  }
  if (spec.verbatim === true || (spec.passthrough === true && index > 0)) return files;
  if (spec.name === 'cp' && index < 2 && start.includes(':')) {
    const { containerPaths } = await import('./paths.ts');
    return orFiles(containerPaths(await open(), start));
  }
  const word = synopsisWord(spec, index);
  return word === null ? nothing : completeWord(open, word, start);
}

async function completionOf(words: readonly string[], request: CompletionRequest) {
  const start = words.at(-1) ?? '';
  const globals = takeApart(words.slice(0, -1), globalOptions, true);
  if (globals === null) return nothing;
  const openWith = (more: readonly GivenOption[]) => () =>
    request.open([...globals.options, ...more]);
  if (globals.awaiting !== null) return completeValue(globals.awaiting, start, openWith([]));
  const { positionals } = globals;
  const found = findCommand(commands, positionals);
  if (found === null) {
    const noun = nounOf(positionals[0] ?? '');
    if (positionals.length > (noun === null ? 0 : 1)) return nothing;
    return start.startsWith('-') ? flagsOf(globalOptions, start) : verbWords(noun, start);
  }
  const spec = await found.entry.load();
  const options = [...spec.options, ...persistentOptions];
  const before = takeApart(found.words, options, spec.passthrough ?? false);
  if (before === null) return nothing;
  const own = new Set(persistentOptions);
  const open = openWith(before.options.filter(({ option }) => own.has(option)));
  const valueFor = async (option: OptionSpec, begun: string): Promise<Completion> => {
    if (option.name !== 'format') return completeValue(option, begun, open);
    const { completeTemplate, hasTemplates } = await import('./templates.ts');
    if (!hasTemplates(spec)) return completeValue(option, begun, open);
    const asked = { spec, named: before.positionals, start: begun };
    const { dialect } = request;
    return completeTemplate(async () => ({ dialect, engine: await open() }), asked);
  };
  if (before.awaiting !== null) return valueFor(before.awaiting, start);
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(start) ?? [];
  const closed = found.words.includes('--') || (spec.passthrough && before.positionals.length > 0);
  if (closed || spec.verbatim || !start.startsWith('-')) {
    return argumentOf(spec, before, start, open);
  }
  if (name === undefined) {
    const help: OptionSpec = { name: 'help', short: 'h', help: 'print help' };
    return flagsOf([...spec.options, help, ...persistentOptions], start);
  }
  const option = optionOf(name, options);
  return option === null ? nothing : valueFor(option, value ?? '');
}

/**
 * Answers scripts that were made for podman: `__complete WORD... BEGINNING`, or `__completeNoDesc` without descriptions, in the protocol of cobra's completions.
 * What cannot be found out is not suggested.
 */
export async function complete(request: CompletionRequest): Promise<number> {
  const [verb, ...words] = request.argv;
  let found: Completion = nothing;
  try {
    found = await completionOf(words, request);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
  }
  writeCompletion(found, verb === '__complete');
  return 0;
}
