import { join, resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { version } from '../../base/version.ts';
import { isMachineRoot } from '../../native/user.ts';
import type { RuntimeManager } from '../../oci/cgroup.ts';
import { specVersion } from '../../oci/spec-version.ts';
import type { RuntimeRoot } from '../../oci/state.ts';
import { splitArgv } from '../argv.ts';
import type { OptionSpec } from '../command.ts';
import { describeError } from '../failure.ts';
import { stdout } from '../output.ts';
import { checkXdgRuntime, makePrivateDirectory } from '../private-directory.ts';
import type { RuntimeCommand, RuntimeContext } from './command.ts';
import { runtimeCommands } from './commands.ts';
import { RuntimeLog } from './log.ts';

/** The exit status of a runtime's own failures, as runc's; a container's status is its own. */
const failure = 1;
/** The exit status of an `exec` that has failed, as runc's. */
const execFailure = 255;
/** Abilities, in the words that callers look for in the version of crun. */
const abilities = '+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP';
const helpOption: OptionSpec = { name: 'help', short: 'h', help: 'print help' };

/** Flags before the command, as runc has them. */
export const runtimeOptions: readonly OptionSpec[] = [
  { name: 'root', value: 'DIRECTORY', help: 'where the state of containers is kept' },
  { name: 'log', value: 'FILE', help: 'append errors and warnings to this file, too' },
  {
    name: 'log-format',
    value: 'FORMAT',
    default: 'text',
    choices: ['text', 'json'],
    help: 'format of the log: text or json',
  },
  { name: 'debug', help: 'log what the command was called with, too' },
  {
    name: 'cgroup-manager',
    value: 'MANAGER',
    default: 'cgroupfs',
    choices: ['cgroupfs', 'systemd', 'disabled'],
    help: "crun's flag: who makes control groups; cgroupfs works in what is delegated to the caller",
  },
  { name: 'systemd-cgroup', help: 'let systemd make control groups, as scopes' },
  {
    name: 'rootless',
    value: 'true|false|auto',
    default: 'auto',
    help: 'ignore missing rights over control groups; always so',
  },
  { name: 'version', short: 'v', help: 'print the version' },
  helpOption,
];

interface Settings {
  root: RuntimeRoot;
  log: RuntimeLog;
  cgroupManager: RuntimeManager;
}

function defaultRoot(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const uid = process.geteuid?.() ?? 0;
  if (runtime && !isMachineRoot()) {
    checkXdgRuntime(runtime, uid);
    return join(runtime, 'bryo-oci');
  }
  if (uid === 0) return '/run/bryo-oci';
  const directory = `/tmp/bryo-oci-${uid}`;
  makePrivateDirectory(directory, uid);
  return directory;
}

function readSettings(given: ReadonlyMap<string, string>): Settings {
  const format = given.get('log-format') ?? 'text';
  if (format !== 'text' && format !== 'json') {
    throw new BryoError('usage', `invalid log format ${JSON.stringify(format)}: text or json`);
  }
  const manager =
    given.get('systemd-cgroup') === 'true'
      ? 'systemd'
      : (given.get('cgroup-manager') ?? 'cgroupfs');
  if (manager !== 'cgroupfs' && manager !== 'systemd' && manager !== 'disabled') {
    throw new BryoError('usage', `--cgroup-manager ${manager} is not supported`);
  }
  const rootless = given.get('rootless') ?? 'auto';
  if (!['true', 'auto'].includes(rootless)) {
    throw new BryoError('usage', `--rootless=${rootless} is not supported`);
  }
  return {
    root: { directory: resolve(given.get('root') ?? defaultRoot()), named: given.has('root') },
    log: new RuntimeLog({
      place: given.get('log') ?? null,
      json: format === 'json',
      debug: given.get('debug') === 'true',
    }),
    cgroupManager: manager,
  };
}

async function findCommand(name: string): Promise<RuntimeCommand> {
  const entry = runtimeCommands.find(({ names }) => names.includes(name));
  if (entry === undefined) {
    throw new BryoError('usage', `unrecognized command \`bryo-oci ${name}\``, {
      hint: "see 'bryo-oci --help'",
    });
  }
  return entry.load();
}

async function runCommand(words: readonly string[], settings: Settings): Promise<number> {
  const command = await findCommand(words[0] ?? '');
  settings.log.debug(`called with ${JSON.stringify(words)}`);
  const rest = words.slice(1);
  const own = command.passthrough ? rest.slice(0, 1) : rest;
  if (own.includes('--help') || own.includes('-h')) {
    const { runtimeCommandHelp } = await import('./help.ts');
    stdout.write(runtimeCommandHelp(command));
    return 0;
  }
  const { parseArguments } = await import('../parse.ts');
  const context: RuntimeContext = {
    root: settings.root,
    cgroupManager: settings.cgroupManager,
    stdout,
    get stdin() {
      return process.stdin;
    },
    warn: (message) => settings.log.warn(message),
    debug: (message) => settings.log.debug(message),
  };
  return command.run(parseArguments(command, rest, 'bryo-oci'), context);
}

/**
 * The command line of the OCI runtime: `bryo-oci …` and `bryo runtime …`. Resolves with the exit
 * status.
 */
export async function runRuntime(argv: readonly string[]): Promise<number> {
  let log = new RuntimeLog({ place: null, json: false, debug: false });
  let verb = '';
  try {
    const split = splitArgv(argv, {
      options: runtimeOptions,
      command: 'bryo-oci',
      passthrough: true,
    });
    const given = new Map(split.options.map(({ option, value }) => [option.name, value]));
    if (given.get('version') === 'true') {
      stdout.write(`bryo-oci version ${version}\nspec: ${specVersion}\n${abilities}\n`);
      return 0;
    }
    if (given.get('help') === 'true' || split.positionals.length === 0) {
      const { runtimeHelp } = await import('./help.ts');
      stdout.write(await runtimeHelp(runtimeOptions));
      return given.has('help') ? 0 : failure;
    }
    verb = split.positionals[0] ?? '';
    const settings = readSettings(given);
    log = settings.log;
    return await runCommand(split.positionals, settings);
  } catch (error) {
    log.error(describeError(error));
    return verb === 'exec' ? execFailure : failure;
  }
}
