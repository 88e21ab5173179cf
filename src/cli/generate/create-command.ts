import { BryoError } from '../../base/errors.ts';
import { type GivenOption, spelledWords, splitArgv } from '../argv.ts';
import type { OptionSpec } from '../command.ts';
import { globalOptions, persistentOptions } from '../global-options.ts';

/** The command line that made a container, taken apart. */
export interface CreateCommand {
  /** Before the verb. */
  globals: string[];
  /** Flags of `run` that a service keeps. */
  flags: string[];
  /** The image and what comes after it. */
  rest: string[];
  /** The word of --sdnotify, which says who tells that the service is ready; null: there is none. */
  sdnotify: string | null;
}

/** Flags of which a service decides itself. */
const replaced = new Set([
  ...['detach', 'rm', 'replace', 'cidfile', 'cgroups', 'sdnotify', 'name', 'restart'],
  ...['pod', 'pod-id-file'],
  ...['attach', 'interactive', 'detach-keys', 'sig-proxy', 'explain', 'timings', 'quiet'],
]);

function splitGlobals(words: readonly string[]) {
  const command = 'bryo run';
  return splitArgv(words.slice(1), { options: globalOptions, command, passthrough: true });
}

/** Flags of `pod create` of which a service decides itself. */
const replacedOfPod = new Set(['name', 'replace', 'pod-id-file', 'exit-policy']);

/** The flags before the verb of the command line that made a container: they tell its store. */
export function readGlobals(words: readonly string[]): string[] {
  return spelledWords(splitGlobals(words).options);
}

/**
 * Reads a container's CreateCommand: `bryo [GLOBALS] run|create|container run … IMAGE …`. Throws
 * BryoError `no-create-command` when it was not made so.
 */
export function readCreateCommand(
  name: string,
  words: readonly string[],
  runOptions: readonly OptionSpec[],
): CreateCommand {
  const outer = splitGlobals(words);
  const [first, ...others] = outer.positionals;
  const [verb, ...inner] = first === 'container' ? others : outer.positionals;
  if (verb !== 'run' && verb !== 'create') {
    throw new BryoError('no-create-command', `container ${name} was not made by run or create`, {
      hint: 'leave --new away',
    });
  }
  const split = splitArgv(inner, {
    options: [...runOptions, ...persistentOptions],
    command: 'bryo run',
    passthrough: true,
  });
  const isShared = ({ option }: GivenOption): boolean => persistentOptions.includes(option);
  const notifiers = split.options.filter(({ option }) => option.name === 'sdnotify');
  return {
    globals: spelledWords([...outer.options, ...split.options.filter(isShared)]),
    flags: spelledWords(
      split.options.filter((given) => !isShared(given) && !replaced.has(given.option.name)),
    ),
    rest: split.positionals,
    sdnotify: notifiers.at(-1)?.value ?? null,
  };
}

/** As readCreateCommand, of a pod: `bryo [GLOBALS] pod create … [NAME]`. Its name is left out. */
export function readPodCommand(
  name: string,
  words: readonly string[],
  createOptions: readonly OptionSpec[],
): Pick<CreateCommand, 'globals' | 'flags'> {
  const outer = splitGlobals(words);
  const [noun, verb, ...inner] = outer.positionals;
  if (noun !== 'pod' || verb !== 'create') {
    throw new BryoError('no-create-command', `pod ${name} was not made by pod create`, {
      hint: 'leave --new away',
    });
  }
  const split = splitArgv(inner, {
    options: [...createOptions, ...persistentOptions],
    command: 'bryo pod create',
    passthrough: false,
  });
  const isShared = ({ option }: GivenOption): boolean => persistentOptions.includes(option);
  const policies = split.options.filter(({ option }) => option.name === 'exit-policy');
  const kept = split.options.filter(
    (given) => !isShared(given) && !replacedOfPod.has(given.option.name),
  );
  return {
    globals: spelledWords([...outer.options, ...split.options.filter(isShared)]),
    flags: [
      // A pod whose containers have all ended is no running service.
      ...(policies.length === 0 ? ['--exit-policy=stop'] : spelledWords(policies)),
      ...spelledWords(kept),
    ],
  };
}
