import { BryoError, exitCodes } from '../base/errors.ts';
import { version } from '../base/version.ts';
import { createEngine } from '../engine/engine.ts';
import { dockerVersion } from '../view/docker/names.ts';
import { splitArgv } from './argv.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { commands } from './commands.ts';
import type { CliContext } from './context.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { describeError } from './failure.ts';
import { findCommand, nounOf } from './find-command.ts';
import { engineSettings, globalOptions } from './global-options.ts';
import { stderr, stdout } from './output.ts';
import { spelling } from './spelling.ts';

const helpOption: OptionSpec = { name: 'help', short: 'h', help: 'print help' };

/** Whether --help is asked of the command itself, not of what runs in the container. */
function asksForHelp(spec: CommandSpec, words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  if (!own.includes('--help') && !own.includes('-h')) return false;
  const taken = spec.options.some(({ short }) => short === 'h');
  const options = taken
    ? [...spec.options, { ...helpOption, short: undefined }]
    : [...spec.options, helpOption];
  const split = splitArgv(words, {
    options: options as OptionSpec[],
    command: `bryo ${spelling(spec)}`,
    passthrough: spec.passthrough ?? false,
    refused: spec.refused ?? {},
  });
  return split.options.some(({ option }) => option.name === 'help');
}

/** The command with the flags that it has under the name of the dialect's program. */
function inDialect(spec: CommandSpec, dialect: Dialect): CommandSpec {
  const { options, dockerOptions = [] } = spec;
  if (dialect === 'podman' || dockerOptions.length === 0) return spec;
  const replaced = new Set(dockerOptions.map(({ name }) => name));
  return {
    ...spec,
    options: [...options.filter(({ name }) => !replaced.has(name)), ...dockerOptions],
  };
}

async function runCommand(words: readonly string[], context: CliContext): Promise<number> {
  const found = findCommand(commands, words);
  if (found === null) {
    const [first = '', second = ''] = words;
    const noun = nounOf(first);
    if (noun !== null && (second === '--help' || second === '-h')) {
      const { nounHelp } = await import('./help.ts');
      context.stdout.write(await nounHelp(noun));
      return 0;
    }
    const { refusalOf } = await import('./refused-verbs.ts');
    const refusal = refusalOf(words);
    if (refusal !== null) throw new BryoError('unsupported', refusal);
    if (noun !== null && second === '') {
      throw new BryoError('usage', `missing command 'bryo ${noun} COMMAND'`, {
        hint: `see 'bryo ${noun} --help'`,
      });
    }
    const shown = noun === null ? first : `${first} ${second}`;
    throw new BryoError('usage', `unrecognized command \`bryo ${shown}\``, {
      hint: noun === null ? "see 'bryo --help'" : `see 'bryo ${noun} --help'`,
    });
  }
  if (found.entry.launches) (await import('../monitor/spare.ts')).prepareLauncher();
  const spec = inDialect(await found.entry.load(), context.dialect);
  if (asksForHelp(spec, found.words)) {
    const { commandHelp } = await import('./help.ts');
    context.stdout.write(commandHelp({ ...spec, name: spelling(spec) }));
    return 0;
  }
  const { parseArguments } = await import('./parse.ts');
  const parsed = parseArguments({ ...spec, name: spelling(spec) }, found.words, 'bryo');
  return spec.run({ ...parsed, context, commands });
}

async function dispatch(argv: readonly string[], dialect: Dialect): Promise<number> {
  const split = splitArgv(argv, { options: globalOptions, command: 'bryo', passthrough: true });
  const asked = new Set(split.options.map(({ option }) => option.name));
  if (asked.has('version')) {
    stdout.write(
      dialect === 'docker'
        ? `Docker version ${dockerVersion}, bryo ${version}\n`
        : `bryo version ${version}\n`,
    );
    return 0;
  }
  if (asked.has('help') || split.positionals.length === 0 || split.positionals[0] === 'help') {
    const { overviewHelp } = await import('./help.ts');
    const text = await overviewHelp();
    const wanted = asked.has('help') || split.positionals.length > 0;
    (wanted ? stdout : stderr).write(text);
    return wanted ? 0 : exitCodes.engine;
  }
  const settings = engineSettings(split, (line) => stderr.write(`${line}\n`));
  const context: CliContext = {
    dialect,
    commandLine: ['bryo', ...argv],
    engine: createEngine(settings),
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
  };
  return runCommand(split.positionals, context);
}

/** Runs a command line; resolves with the process's exit status. */
export async function runCli(argv: readonly string[]): Promise<number> {
  // Every file that is made is private unless it says otherwise.
  process.umask(0o077);
  const dialect = dialectOf(process.argv0);
  try {
    return await dispatch(argv, dialect);
  } catch (error) {
    stderr.write(`Error: ${describeError(error)}\n`);
    const code = error instanceof BryoError ? error.exitCode : exitCodes.engine;
    // docker keeps 125 for `run`.
    return dialect === 'docker' && code === exitCodes.engine && !argv.includes('run') ? 1 : code;
  }
}
