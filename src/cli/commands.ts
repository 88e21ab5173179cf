import type { CommandSpec } from './command.ts';

/** A verb and the module that handles it; only the one that argv names is loaded. */
export interface CommandEntry {
  names: readonly string[];
  noun: CommandSpec['noun'];
  /** Verbs under the noun. */
  nounVerbs: readonly string[];
  load(): Promise<CommandSpec>;
}

function entry(
  noun: CommandSpec['noun'],
  names: string,
  load: () => Promise<{ command: CommandSpec }>,
  nounVerbs: string = names,
): CommandEntry {
  return {
    noun,
    names: names.split(' '),
    nounVerbs: nounVerbs.split(' '),
    load: async () => (await load()).command,
  };
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  entry('container', 'run', () => import('./container/run.ts')),
  entry('container', 'create', () => import('./container/create.ts')),
  entry('container', 'start', () => import('./container/start.ts')),
  entry('container', 'stop', () => import('./container/stop.ts')),
  entry('container', 'kill', () => import('./container/kill.ts')),
  entry('container', 'rm', () => import('./container/rm.ts'), 'rm remove'),
  entry('container', 'ps', () => import('./container/ps.ts'), 'ps ls list'),
  entry('container', 'logs', () => import('./container/logs.ts')),
  entry('container', 'exec', () => import('./container/exec.ts')),
  entry('container', 'attach', () => import('./container/attach.ts')),
  entry('container', 'wait', () => import('./container/wait.ts')),
  entry('container', 'inspect', () => import('./container/inspect.ts')),
  entry('image', 'pull', () => import('./image/pull.ts')),
  entry('image', 'images', () => import('./image/images.ts'), 'ls list'),
  entry('image', 'rmi', () => import('./image/rmi.ts'), 'rm remove'),
  entry('image', 'load', () => import('./image/load.ts')),
  entry('image', 'import', () => import('./image/import.ts')),
  entry('system', 'info', () => import('./system/info.ts')),
  entry('system', 'version', () => import('./system/version.ts')),
  entry('system', 'unshare', () => import('./system/unshare.ts')),
  entry('system', 'doctor', () => import('./system/doctor.ts')),
  entry('system', 'completion', () => import('./system/completion.ts')),
];

const nouns: readonly string[] = ['container', 'image', 'system'];

/** A resolved command line: the entry and the words after its name. */
export interface FoundCommand {
  entry: CommandEntry;
  words: readonly string[];
}

/** The command that `run …` or `container run …` names; null: there is none. */
export function findCommand(words: readonly string[]): FoundCommand | null {
  const [first = '', second = ''] = words;
  const direct = commands.find(({ names }) => names.includes(first));
  if (direct !== undefined) return { entry: direct, words: words.slice(1) };
  if (!nouns.includes(first)) return null;
  const nested = commands.find((c) => c.noun === first && c.nounVerbs.includes(second));
  return nested === undefined ? null : { entry: nested, words: words.slice(2) };
}
