import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { type Config, configText } from '../config/config.ts';
import type { EngineSettings, LogLevel } from '../engine/engine.ts';
import type { EventsBackend } from '../event/event.ts';
import { journalSocket } from '../event/event-file.ts';
import { storageMap } from '../native/storage-map.ts';
import { unsharedSession } from '../native/unshared.ts';
import { callerEntry } from '../native/user.ts';
import { defaultStore, type Store } from '../store/paths.ts';
import type { GivenOption } from './argv.ts';
import type { OptionSpec } from './command.ts';
import { levelWords, readLogLevel } from './log-lines.ts';
import {
  checkRuntimeDirectory,
  checkXdgRuntime,
  makePrivateDirectory,
} from './private-directory.ts';

/** Flags that all commands share, before the verb or after it. */
export const globalOptions: readonly OptionSpec[] = [
  { name: 'root', value: 'DIRECTORY', help: 'where images, containers and volumes are kept' },
  { name: 'runroot', value: 'DIRECTORY', help: 'where state is kept that a reboot may wipe' },
  {
    name: 'volumepath',
    value: 'DIRECTORY',
    help: 'where volumes are kept, instead of within --root',
  },
  { name: 'tmpdir', value: 'DIRECTORY', help: 'where the sockets of network helpers are made' },
  {
    name: 'storage-driver',
    value: 'NAME',
    choices: ['overlay', 'fuse-overlayfs', 'vfs'],
    help: 'how layers are put together: overlay, fuse-overlayfs or vfs',
  },
  {
    name: 'storage-opt',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'overlay.mount_program=PROGRAM: put layers together with this fuse-overlayfs',
  },
  {
    name: 'network-config-dir',
    value: 'DIRECTORY',
    help: 'where user-defined networks are looked up',
  },
  {
    name: 'default-mounts-file',
    value: 'FILE',
    help: 'mounts of every container, HOST:CONTAINER a line, instead of mounts.conf',
  },
  {
    name: 'log-level',
    value: 'LEVEL',
    default: 'warn',
    choices: levelWords,
    help: 'least important messages to show: trace, debug, info, warn, error, fatal or panic',
  },
  { name: 'syslog', help: 'write these messages to the system log as well' },
  { name: 'debug', short: 'D', help: 'the same as --log-level debug' },
  {
    name: 'config',
    value: 'DIRECTORY',
    help: "where docker's file with logins is, config.json; as DOCKER_CONFIG",
  },
  {
    name: 'out',
    value: 'FILE',
    help: 'write what goes to standard output to this file instead',
  },
  { name: 'noout', help: 'write nothing to standard output' },
  {
    name: 'cgroup-manager',
    value: 'MANAGER',
    choices: ['systemd', 'cgroupfs', 'disabled'],
    help: 'who makes control groups: systemd, cgroupfs (what is delegated to the caller) or disabled; chosen by probing otherwise',
  },
  {
    name: 'events-backend',
    value: 'BACKEND',
    default: 'file',
    choices: ['file', 'journald', 'none'],
    help: 'where events are told that bryo events shows: file (in the runroot), journald or none',
  },
  {
    name: 'module',
    value: 'FILE',
    repeat: true,
    help: 'read a further file of containers.conf(5): a path, or a name in a directory containers.conf.modules',
  },
  {
    name: 'runtime',
    value: 'NAME',
    help: 'another OCI runtime that runs containers which are made: a path, or a name',
  },
  {
    name: 'runtime-flag',
    value: 'FLAG',
    repeat: true,
    help: 'a flag for that runtime, without its dashes: debug, log=FILE',
  },
  { name: 'version', short: 'v', help: 'print the version' },
  { name: 'help', short: 'h', help: 'print help' },
];

/** Global options that mean something else, or nothing, after the verb. */
const onlyBefore = new Set(['version', 'help', 'debug', 'config', 'module', 'out', 'noout']);

export const persistentOptions: readonly OptionSpec[] = globalOptions.filter(
  ({ name }) => !onlyBefore.has(name),
);

/** The settings that come from files. */
export type ConfigurationFiles = Pick<EngineSettings, 'config' | 'storageConf'>;

type Given = Map<string, string[]>;

function collect(options: readonly GivenOption[]): Given {
  const given: Given = new Map();
  for (const { option, value } of options) {
    given.set(option.name, [...(given.get(option.name) ?? []), value]);
  }
  return given;
}

function last(given: Given, name: string): string | null {
  return given.get(name)?.at(-1) ?? null;
}

function logLevel(given: Given): LogLevel {
  const word = last(given, 'log-level');
  const debug = last(given, 'debug') === 'true';
  const level = word === null ? 'warn' : readLogLevel(word);
  if (level === null) {
    throw new BryoError(
      'bad-log-level',
      `Log Level ${JSON.stringify(word)} is not supported, choose from: ${levelWords.join(', ')}`,
    );
  }
  if (!debug) return level;
  if (level === 'warn' || level === 'debug') return 'debug';
  throw new BryoError('bad-log-level', 'Setting --log-level and --debug is not allowed');
}

function mountProgram(options: readonly string[]): string | null {
  let program: string | null = null;
  for (const option of options) {
    const [, key, value] = /^(?:overlay\.|overlay2\.)?([^=]+)=(.*)$/.exec(option) ?? [];
    if (key !== 'mount_program' || value === undefined || !isAbsolute(value)) {
      throw new BryoError('usage', `--storage-opt ${option} is not supported`, {
        hint: 'only overlay.mount_program=/absolute/path is',
      });
    }
    program = value;
  }
  return program;
}

/** The manager of control groups by the configuration, but for systemd where probing finds that anyway. */
function configuredManager(config: Config): string | null {
  const manager = configText(config, 'engine.cgroup_manager');
  return manager === 'systemd' ? null : manager;
}

function cgroupManager(given: Given, config: Config): EngineSettings['cgroupManager'] {
  const manager = last(given, 'cgroup-manager') ?? configuredManager(config);
  if (manager === null || manager === 'disabled') return manager;
  if (manager === 'systemd' || manager === 'cgroupfs') return manager;
  throw new BryoError('usage', `--cgroup-manager ${manager} is not supported`, {
    hint: 'systemd, cgroupfs and disabled are',
  });
}

function eventsBackend(given: Given, config: Config): EventsBackend {
  const asked = last(given, 'events-backend');
  const backend = asked ?? configText(config, 'engine.events_logger') ?? 'file';
  // As a file shipped for many machines has it.
  if (asked === null && backend === 'journald' && !existsSync(journalSocket)) return 'file';
  if (backend === 'none' || backend === 'file') return backend;
  if (backend !== 'journald') {
    throw new BryoError('usage', `--events-backend ${backend} is not supported`, {
      hint: 'file, journald and none are',
    });
  }
  if (existsSync(journalSocket)) return backend;
  throw new BryoError('no-journal', 'there is no journal on this machine', {
    hint: 'use --events-backend file',
  });
}

/** The file that --out and --noout name; null: neither was given. */
export function outputFile(options: readonly GivenOption[]): string | null {
  let file: string | null = null;
  for (const { option, value } of options) {
    if (option.name === 'out') file = value;
    if (option.name === 'noout' && value === 'true') return '/dev/null';
  }
  return file;
}

/** The flags that are left once the output goes to that file. */
export function withoutOutput(options: readonly GivenOption[]): GivenOption[] {
  return options.filter(({ option }) => option.name !== 'out' && option.name !== 'noout');
}

/** As the environment has it, else by the caller's entry in passwd(5). */
export function homeDirectory(): string {
  const home = process.env['HOME'];
  if (home !== undefined && isAbsolute(home)) return home;
  return callerEntry()?.home ?? homedir();
}

/** Null where root's containers have no root of their own (a single mapped id). */
function containerRootGroup(): number | null {
  const { idMap } = storageMap();
  return idMap.kind === 'root' ? (idMap.gids[0]?.hostId ?? null) : null;
}

/** Within `bryo unshare` the caller is another user, but the store stays the same. */
function unsharedStore(): Pick<Store, 'root' | 'runroot'> | null {
  if (unsharedSession() === null) return null;
  const { CONTAINERS_GRAPHROOT: root, CONTAINERS_RUNROOT: runroot } = process.env;
  return root && runroot ? { root, runroot } : null;
}

function usualStore(uid: number, { root, runroot }: EngineSettings['storageConf']) {
  const usual = defaultStore({ uid, home: homeDirectory(), env: process.env });
  return { root: root ?? usual.root, runroot: runroot ?? usual.runroot };
}

/** Makes the runtime directory, of which nobody else may be the master: its files decide what runs. */
function makeSafe(runroot: string, standard: string, uid: number): void {
  const isStandard = runroot === standard;
  if (isStandard && runroot.startsWith('/tmp/')) makePrivateDirectory(runroot, uid);
  if (isStandard && uid !== 0) checkXdgRuntime(process.env['XDG_RUNTIME_DIR'], uid);
  checkRuntimeDirectory(runroot, uid);
}

/** podman reads the same file: its volumes and bryo's have directories of their own. */
function configuredVolumes(config: Config): string | null {
  const path = configText(config, 'engine.volume_path');
  return path === null ? null : resolve(path, 'bryo');
}

/** The settings that the flags which all commands share ask for. */
export function engineSettings(
  options: readonly GivenOption[],
  { config, storageConf }: ConfigurationFiles,
  { writeLog, runtime }: Pick<EngineSettings, 'writeLog' | 'runtime'>,
): EngineSettings {
  const given = collect(options);
  const dockerConfig = last(given, 'config');
  if (dockerConfig !== null) process.env['DOCKER_CONFIG'] = resolve(dockerConfig);
  const uid = process.geteuid?.() ?? 0;
  const standard = unsharedStore() ?? usualStore(uid, storageConf);
  const place = (name: string, fallback: string): string => {
    const value = last(given, name);
    if (value === '') throw new BryoError('usage', `--${name} needs a directory`);
    return value === null ? fallback : resolve(value);
  };
  const volumes = last(given, 'volumepath') ?? configuredVolumes(config);
  const store: Store = {
    root: place('root', standard.root),
    runroot: place('runroot', standard.runroot),
    ...(volumes !== null && { volumes: place('volumepath', resolve(volumes)) }),
    searchGroup: uid === 0 && unsharedSession() === null ? containerRootGroup() : null,
  };
  makeSafe(store.runroot, standard.runroot, uid);
  const program = mountProgram(given.get('storage-opt') ?? []);
  const chosen = last(given, 'storage-driver') ?? (program === null ? null : 'fuse-overlayfs');
  return {
    store,
    storageDriver: chosen ?? storageConf.driver,
    mountProgram: program ?? storageConf.mountProgram,
    storageConf,
    cgroupManager: cgroupManager(given, config),
    tmpdir: place('tmpdir', configText(config, 'engine.tmp_dir') ?? store.runroot),
    runtime,
    runtimeFlags: given.get('runtime-flag') ?? [],
    eventsBackend: eventsBackend(given, config),
    networkConfigDir: place(
      'network-config-dir',
      configText(config, 'network.network_config_dir') ?? resolve(store.root, 'networks'),
    ),
    defaultMountsFile: last(given, 'default-mounts-file'),
    config,
    logLevel: logLevel(given),
    writeLog,
  };
}
