import { basename } from 'node:path';
import { BryoError, exitCodes } from '../base/errors.ts';
import { createEngine } from '../engine/engine.ts';
import { type GivenOption, type SplitArgv, spelledWords, splitArgv } from './argv.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { commands, hiddenCommands } from './commands.ts';
import { runConfigured, withConfiguredDefaults } from './configured.ts';
import type { CliContext } from './context.ts';
import { type Dialect, dialectOf, programName } from './dialect.ts';
import { errorText } from './failure.ts';
import { findCommand, nounOf } from './find-command.ts';
import {
  type ConfigurationFiles,
  engineSettings,
  globalOptions,
  outputFile,
  persistentOptions,
  withoutOutput,
} from './global-options.ts';
import { logLine, shuttingDown } from './log-lines.ts';
import { loggedWords } from './logged-words.ts';
import { stderr, stdout } from './output.ts';
import { versionLine } from './program-version.ts';
import { readConfiguration } from './read-configuration.ts';
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

/** Help of a noun, or why there is no such command. Throws BryoError unless help was asked for. */
async function withoutCommand(words: readonly string[], program: string): Promise<number> {
  const [first = '', second = ''] = words;
  const noun = nounOf(first);
  if (noun !== null && (second === '--help' || second === '-h')) {
    const { helpOfNoun } = await import('./show-help.ts');
    stdout.write(await helpOfNoun(noun, program));
    return 0;
  }
  if (noun !== null && second === '' && program === 'podman') {
    const { helpOfNoun } = await import('./show-help.ts');
    stderr.write(await helpOfNoun(noun, program));
    throw new BryoError('usage', `missing command 'bryo ${noun} COMMAND'`);
  }
  const { refusalOf } = await import('./refused-verbs.ts');
  const refusal = refusalOf(words);
  if (refusal !== null) throw new BryoError('unsupported', refusal);
  if (noun !== null && second === '') {
    throw new BryoError('usage', `missing command 'bryo ${noun} COMMAND'`, {
      hint: `see 'bryo ${noun} --help'`,
    });
  }
  const flag = noun === null ? words.find((word) => word.startsWith('--')) : undefined;
  if (flag !== undefined) {
    // podman reads flags before it looks for a command.
    throw new BryoError('usage', `unknown flag: ${flag}`, { hint: "see 'bryo --help'" });
  }
  const shown = noun === null ? first : `${first} ${second}`;
  throw new BryoError('usage', `unrecognized command \`bryo ${shown}\``, {
    hint: noun === null ? "see 'bryo --help'" : `see 'bryo ${noun} --help'`,
  });
}

/** The name and the words that the program was called with. */
interface Caller {
  files: ConfigurationFiles;
  program: string;
  dialect: Dialect;
  argv: readonly string[];
}

/** The value of a global option that few commands have; what takes it is loaded by then only. */
function rarely(options: readonly GivenOption[], name: string): string | null {
  return options.findLast(({ option }) => option.name === name)?.value ?? null;
}

async function makeContext(
  { files, program, dialect, argv }: Caller,
  options: GivenOption[],
): Promise<CliContext> {
  const syslog = rarely(options, 'syslog') === 'true' ? await import('./system-log.ts') : null;
  const runtime = rarely(options, 'runtime');
  const foreign = runtime === null ? null : await import('../engine/system/foreign-runtime.ts');
  const settings = engineSettings(options, files, {
    runtime: foreign?.foreignRuntime(files.config, runtime) ?? null,
    writeLog(level, message) {
      stderr.write(`${logLine(level, message, stderr.isTerminal, new Date())}\n`);
      syslog?.tellSystemLog(program, level, message);
    },
  });
  const engine = createEngine(settings);
  engine.log('info', `${program} filtering at log level ${settings.logLevel}`);
  engine.log('debug', () => `called with ${JSON.stringify(loggedWords(argv))}`);
  engine.log('trace', `root ${settings.store.root}, runroot ${settings.store.runroot}`);
  return {
    dialect,
    program,
    commandLine: [programName(program), ...argv],
    globalWords: spelledWords(options),
    engine,
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
  };
}

async function runCommand(
  caller: Caller,
  words: readonly string[],
  options: readonly GivenOption[],
): Promise<number> {
  const found = findCommand([...commands, ...hiddenCommands], words);
  if (found === null) return withoutCommand(words, caller.program);
  if (found.entry.launches) (await import('../monitor/spare.ts')).prepareLauncher();
  const spec = inDialect(await found.entry.load(), caller.dialect);
  const own = spec.verbatim ? ['--', ...found.words] : found.words;
  if (asksForHelp(spec, own)) {
    const { helpOfCommand } = await import('./show-help.ts');
    const shown = await withConfiguredDefaults(spec, caller.files.config);
    const named = words.slice(0, words.length - found.words.length).join(' ');
    stdout.write(helpOfCommand(shown, caller.program, named));
    return 0;
  }
  const { parseArguments } = await import('./parse.ts');
  const named = { ...spec, name: spelling(spec) };
  const parsed = parseArguments(named, own, 'bryo', persistentOptions);
  const context = await makeContext(caller, [...options, ...parsed.shared]);
  const { config } = caller.files;
  try {
    return await runConfigured(parsed, { name: spec.name, config }, (configured) =>
      spec.run({ ...configured, context, commands }),
    );
  } finally {
    context.engine.log('debug', shuttingDown);
  }
}

/** Whether the words themselves ask for a version or a help text. Resolves with null: they do not. */
async function answerAtOnce(
  program: string,
  { options, positionals }: SplitArgv,
): Promise<number | null> {
  const asked = new Set(options.map(({ option }) => option.name));
  if (asked.has('version')) {
    stdout.write(`${versionLine(program)}\n`);
    return 0;
  }
  const wanted = asked.has('help') || positionals[0] === 'help';
  if (!wanted && positionals.length > 0) return null;
  const { overview } = await import('./show-help.ts');
  (wanted ? stdout : stderr).write(await overview(program));
  if (!wanted && program === 'podman')
    throw new BryoError('usage', "missing command 'bryo COMMAND'");
  return wanted ? 0 : exitCodes.engine;
}

/** `help VERB` asks for what `VERB --help` does. */
function withHelpFlag(positionals: readonly string[]): readonly string[] {
  const [first, ...words] = positionals;
  return first === 'help' && words.length > 0 ? [...words, '--help'] : positionals;
}

/** Suggests words to a shell. */
async function suggest(asker: Omit<Caller, 'files'>): Promise<number> {
  const { complete } = await import('./complete/complete.ts');
  const open = async (options: readonly GivenOption[]) => {
    const files = await readConfiguration(options);
    return (await makeContext({ ...asker, files }, [...options])).engine;
  };
  return complete({ argv: asker.argv, dialect: dialectOf(asker.program), open });
}

/** Takes the flags before the verb apart. Throws BryoError `usage`, with the reason for a flag that only podman has. */
async function splitGlobals(argv: readonly string[]): Promise<SplitArgv> {
  const rules = { options: globalOptions, command: 'bryo', passthrough: true };
  try {
    return splitArgv(argv, rules);
  } catch {
    const { refusedGlobals } = await import('./refused-globals.ts');
    return splitArgv(argv, { ...rules, refused: refusedGlobals });
  }
}

async function dispatch(asker: Omit<Caller, 'files'>): Promise<number> {
  const { argv, program } = asker;
  if (argv[0]?.startsWith('__complete')) return suggest(asker);
  const given = await splitGlobals(argv);
  const split = { ...given, positionals: [...withHelpFlag(given.positionals)] };
  const answer = await answerAtOnce(program, split);
  if (answer !== null) return answer;
  const file = outputFile(split.options);
  if (file === null) {
    const caller = { ...asker, files: await readConfiguration(split.options) };
    return runCommand(caller, split.positionals, split.options);
  }
  const { restartWithOutput } = await import('./redirected-output.ts');
  return restartWithOutput(file, [
    ...spelledWords(withoutOutput(split.options)),
    ...split.positionals,
  ]);
}

/** Errors that podman finds before it has its own way to tell of errors. */
function isBare(error: unknown): boolean {
  return error instanceof BryoError && ['bad-log-level', 'no-such-module'].includes(error.code);
}

/** Runs a command line; resolves with the process's exit status. */
export async function runCli(argv: readonly string[]): Promise<number> {
  // Every file that is made is private unless it says otherwise.
  process.umask(0o077);
  const program = basename(process.argv0);
  const dialect = dialectOf(program);
  try {
    return await dispatch({ program, dialect, argv });
  } catch (error) {
    // podman tells of these as they are.
    const text = errorText(error, { program, isTerminal: stderr.terminal !== null });
    const bare = text.replace('Error: ', '').replace('obtain the', `obtain ${program}`);
    stderr.write(isBare(error) ? bare : text);
    const code = error instanceof BryoError ? error.exitCode : exitCodes.engine;
    // docker keeps 125 for `run`.
    return dialect === 'docker' && code === exitCodes.engine && !argv.includes('run') ? 1 : code;
  }
}
