import { BryoError } from '../../base/errors.ts';
import type {
  CreateCommand,
  CreateCommandReader,
  PodCommand,
} from '../../engine/generate/create-commands.ts';
import { type GivenOption, type SplitArgv, spelledWords, splitArgv } from '../argv.ts';
import type { OptionSpec } from '../command.ts';
import { globalOptions, persistentOptions } from '../global-options.ts';

/** Flags of which a service decides itself. */
const replaced = new Set([
  ...['detach', 'rm', 'replace', 'cidfile', 'cgroups', 'sdnotify', 'name', 'restart'],
  ...['pod', 'pod-id-file'],
  ...['attach', 'interactive', 'detach-keys', 'sig-proxy', 'explain', 'timings', 'quiet'],
]);

/** podman's flags that say where its service is: of a container that its client has made, the words begin with them. */
const ofClients: readonly OptionSpec[] = [
  { name: 'remote', short: 'r', help: '' },
  ...['url', 'identity', 'ssh', 'tls-ca', 'tls-cert', 'tls-key'].map((name) => {
    return { name, value: 'VALUE', help: '' };
  }),
  { name: 'connection', short: 'c', value: 'NAME', help: '' },
];

/** Flags that say where a container is: one that a client has made is where the service that it has asked was told. */
const ofPlaces = new Set([
  ...['root', 'runroot', 'volumepath', 'tmpdir', 'storage-driver', 'storage-opt'],
  ...['network-config-dir', 'cgroup-manager', 'events-backend', 'module'],
]);

/** The global flags of a command line, with those of `caller`, who has found its container, that are not among them. */
function splitGlobals(words: readonly string[], caller: readonly string[]) {
  const rules = { command: 'bryo run', passthrough: true };
  const options = [...globalOptions, ...ofClients];
  const split = splitArgv(words.slice(1), { ...rules, options });
  const given = split.options.filter(({ option }) => !ofClients.includes(option));
  const names = new Set(given.map(({ option }) => option.name));
  const added = splitArgv(caller, { ...rules, options: globalOptions }).options.filter(
    ({ option: { name } }) => ofPlaces.has(name) && !names.has(name),
  );
  return { ...split, options: [...added, ...given] };
}

/** Flags of `pod create` of which a service decides itself. */
const replacedOfPod = new Set(['name', 'replace', 'pod-id-file', 'exit-policy']);

/** Reads a container's CreateCommand: `bryo [GLOBALS] run|create|container run … IMAGE …`. */
function readCreateCommand(
  name: string,
  outer: SplitArgv,
  runOptions: readonly OptionSpec[],
): CreateCommand {
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

/** As readCreateCommand, of a pod: `bryo [GLOBALS] pod create … [NAME]`. */
function readPodCommand(
  name: string,
  outer: SplitArgv,
  createOptions: readonly OptionSpec[],
): PodCommand {
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

/**
 * Reads the words that made containers and pods by the flags of `run` and `pod create`. `caller`: the global flags of this
 * process, which has found them in its store.
 */
export function createCommandReader(caller: readonly string[]): CreateCommandReader {
  return {
    globals: (words) => spelledWords(splitGlobals(words, caller).options),
    async container(name, words) {
      const { command: run } = await import('../container/run.ts');
      return readCreateCommand(name, splitGlobals(words, caller), run.options);
    },
    async pod(name, words) {
      const { command: create } = await import('../pod/create.ts');
      return readPodCommand(name, splitGlobals(words, caller), create.options);
    },
  };
}
