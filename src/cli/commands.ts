import type { CommandSpec, Noun } from './command.ts';

/** A verb and the module that handles it; only the one that argv names is loaded. */
export interface CommandEntry {
  names: readonly string[];
  noun: CommandSpec['noun'];
  /** Verbs under the noun. */
  nounVerbs: readonly string[];
  /** Only reached through the noun. */
  nested: boolean;
  /** Starts a container or a process in one, as a rule: a launcher is made ready meanwhile. */
  launches: boolean;
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
    nounVerbs: nounVerbs.split(' ').filter(Boolean),
    nested: names.startsWith(`${noun}-`),
    launches: false,
    load: async () => (await load()).command,
  };
}

/** A verb that is only reached through its noun, `bryo volume create`. */
function nested(
  noun: CommandSpec['noun'],
  verbs: string,
  load: () => Promise<{ command: CommandSpec }>,
): CommandEntry {
  return entry(noun, `${noun}-${verbs.split(' ')[0] ?? ''}`, load, verbs);
}

function launching(command: CommandEntry): CommandEntry {
  return { ...command, launches: true };
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  launching(entry('container', 'run', () => import('./container/run.ts'))),
  entry('container', 'create', () => import('./container/create.ts')),
  entry('container', 'init', () => import('./container/init.ts')),
  launching(entry('container', 'start', () => import('./container/start.ts'))),
  entry('container', 'stop', () => import('./container/stop.ts')),
  entry('container', 'restart', () => import('./container/restart.ts')),
  entry('container', 'kill', () => import('./container/kill.ts')),
  entry('container', 'pause', () => import('./container/pause.ts')),
  entry('container', 'unpause', () => import('./container/unpause.ts')),
  entry('container', 'rm', () => import('./container/rm.ts'), 'rm remove'),
  entry('container', 'ps', () => import('./container/ps.ts'), 'ps ls list'),
  entry('container', 'logs', () => import('./container/logs.ts')),
  launching(entry('container', 'exec', () => import('./container/exec.ts'))),
  entry('container', 'attach', () => import('./container/attach.ts')),
  entry('container', 'wait', () => import('./container/wait.ts')),
  entry('container', 'commit', () => import('./container/commit.ts')),
  entry('container', 'diff', () => import('./container/diff.ts')),
  entry('container', 'cp', () => import('./container/cp.ts')),
  entry('container', 'export', () => import('./container/export.ts')),
  entry('container', 'mount', () => import('./container/mount.ts')),
  entry('container', 'unmount umount', () => import('./container/unmount.ts')),
  entry('container', 'top', () => import('./container/top.ts')),
  entry('container', 'stats', () => import('./container/stats.ts')),
  entry('container', 'port', () => import('./container/port.ts')),
  entry('container', 'update', () => import('./container/update.ts')),
  entry('container', 'rename', () => import('./container/rename.ts')),
  nested('container', 'clone', () => import('./container/clone.ts')),
  nested('container', 'cleanup', () => import('./container/cleanup.ts')),
  nested('container', 'exists', () => import('./container/exists.ts')),
  nested('container', 'prune', () => import('./container/prune.ts')),
  entry('container', 'inspect', () => import('./container/inspect.ts'), ''),
  nested('container', 'inspect', () => import('./container/container-inspect.ts')),
  nested('healthcheck', 'run', () => import('./healthcheck/run.ts')),
  entry('image', 'pull', () => import('./image/pull.ts')),
  entry('image', 'images', () => import('./image/images.ts'), 'ls list'),
  entry('image', 'rmi', () => import('./image/rmi.ts'), 'rm remove'),
  entry('image', 'push', () => import('./image/push.ts')),
  entry('image', 'search', () => import('./image/search.ts')),
  entry('image', 'tag', () => import('./image/tag.ts')),
  entry('image', 'untag', () => import('./image/untag.ts')),
  entry('image', 'history', () => import('./image/history.ts')),
  nested('image', 'prune', () => import('./image/prune.ts')),
  nested('image', 'inspect', () => import('./image/inspect.ts')),
  nested('image', 'tree', () => import('./image/tree.ts')),
  nested('image', 'diff', () => import('./image/diff.ts')),
  nested('image', 'exists', () => import('./image/exists.ts')),
  nested('image', 'mount', () => import('./image/mount.ts')),
  nested('image', 'unmount umount', () => import('./image/unmount.ts')),
  nested('image', 'sign', () => import('./image/sign.ts')),
  nested('image', 'trust', () => import('./image/trust.ts')),
  entry('image', 'save', () => import('./image/save.ts')),
  entry('image', 'load', () => import('./image/load.ts')),
  entry('image', 'import', () => import('./image/import.ts')),
  nested('manifest', 'create', () => import('./manifest/create.ts')),
  nested('manifest', 'add', () => import('./manifest/add.ts')),
  nested('manifest', 'annotate', () => import('./manifest/annotate.ts')),
  nested('manifest', 'inspect', () => import('./manifest/inspect.ts')),
  nested('manifest', 'push', () => import('./manifest/push.ts')),
  nested('manifest', 'rm', () => import('./manifest/rm.ts')),
  nested('manifest', 'remove', () => import('./manifest/remove.ts')),
  nested('manifest', 'exists', () => import('./manifest/exists.ts')),
  nested('volume', 'create', () => import('./volume/create.ts')),
  nested('volume', 'ls list', () => import('./volume/ls.ts')),
  nested('volume', 'inspect', () => import('./volume/inspect.ts')),
  nested('volume', 'export', () => import('./volume/export.ts')),
  nested('volume', 'import', () => import('./volume/import.ts')),
  nested('volume', 'exists', () => import('./volume/exists.ts')),
  nested('volume', 'mount', () => import('./volume/mount.ts')),
  nested('volume', 'unmount', () => import('./volume/unmount.ts')),
  nested('volume', 'reload', () => import('./volume/reload.ts')),
  nested('volume', 'rm remove', () => import('./volume/rm.ts')),
  nested('volume', 'prune', () => import('./volume/prune.ts')),
  nested('pod', 'create', () => import('./pod/create.ts')),
  nested('pod', 'clone', () => import('./pod/clone.ts')),
  nested('pod', 'ps ls list', () => import('./pod/ps.ts')),
  nested('pod', 'start', () => import('./pod/start.ts')),
  nested('pod', 'stop', () => import('./pod/stop.ts')),
  nested('pod', 'restart', () => import('./pod/restart.ts')),
  nested('pod', 'kill', () => import('./pod/kill.ts')),
  nested('pod', 'pause', () => import('./pod/pause.ts')),
  nested('pod', 'unpause', () => import('./pod/unpause.ts')),
  nested('pod', 'rm', () => import('./pod/rm.ts')),
  nested('pod', 'prune', () => import('./pod/prune.ts')),
  nested('pod', 'exists', () => import('./pod/exists.ts')),
  nested('pod', 'inspect', () => import('./pod/inspect.ts')),
  nested('pod', 'logs', () => import('./pod/logs.ts')),
  nested('pod', 'top', () => import('./pod/top.ts')),
  nested('pod', 'stats', () => import('./pod/stats.ts')),
  nested('secret', 'create', () => import('./secret/create.ts')),
  nested('secret', 'ls list', () => import('./secret/ls.ts')),
  nested('secret', 'inspect', () => import('./secret/inspect.ts')),
  nested('secret', 'exists', () => import('./secret/exists.ts')),
  nested('secret', 'rm remove', () => import('./secret/rm.ts')),
  entry('system', 'events', () => import('./system/events.ts')),
  nested('quadlet', 'install', () => import('./quadlet/install.ts')),
  nested('quadlet', 'list ls', () => import('./quadlet/list.ts')),
  nested('quadlet', 'print cat', () => import('./quadlet/print.ts')),
  nested('quadlet', 'rm remove', () => import('./quadlet/rm.ts')),
  nested('quadlet', 'verify', () => import('./quadlet/verify.ts')),
  nested('generate', 'systemd', () => import('./generate/systemd.ts')),
  nested('machine', 'list ls', () => import('./machine/ls.ts')),
  nested('context', 'ls list', () => import('./context/ls.ts')),
  nested('buildx', 'version', () => import('./buildx/version.ts')),
  nested('buildx', 'prune', () => import('./buildx/prune.ts')),
  entry('system', 'login', () => import('./system/login.ts')),
  entry('system', 'logout', () => import('./system/logout.ts')),
  nested('system', 'check', () => import('./system/check.ts')),
  nested('system', 'prune', () => import('./system/prune.ts')),
  nested('system', 'reset', () => import('./system/reset.ts')),
  entry('system', 'auto-update', () => import('./system/auto-update.ts')),
  nested('system', 'connection', () => import('./system/connection.ts')),
  nested('system', 'migrate', () => import('./system/migrate.ts')),
  nested('system', 'renumber', () => import('./system/renumber.ts')),
  nested('system', 'df', () => import('./system/df.ts')),
  entry('system', 'info', () => import('./system/info.ts')),
  entry('system', 'version', () => import('./system/version.ts')),
  entry('system', 'unshare', () => import('./system/unshare.ts')),
  entry('system', 'doctor', () => import('./system/doctor.ts')),
  entry('system', 'completion', () => import('./system/completion.ts')),
];

export const nouns: readonly Noun[] = [
  'container',
  'healthcheck',
  'image',
  'manifest',
  'volume',
  'pod',
  'secret',
  'quadlet',
  'generate',
  'machine',
  'context',
  'buildx',
  'system',
];

/** The noun that a word spells; podman and docker know `builder` for `buildx`. */
export function nounOf(word: string): Noun | null {
  return nouns.find((name) => name === (word === 'builder' ? 'buildx' : word)) ?? null;
}

/** A resolved command line: the entry and the words after its name. */
export interface FoundCommand {
  entry: CommandEntry;
  words: readonly string[];
}

/** The command that `run …` or `container run …` names; null: there is none. */
export function findCommand(words: readonly string[]): FoundCommand | null {
  const [first = '', second = ''] = words;
  const direct = commands.find(({ names, nested }) => !nested && names.includes(first));
  if (direct !== undefined) return { entry: direct, words: words.slice(1) };
  const noun = nounOf(first);
  if (noun === null) return null;
  const nested = commands.find((c) => c.noun === noun && c.nounVerbs.includes(second));
  return nested === undefined ? null : { entry: nested, words: words.slice(2) };
}
