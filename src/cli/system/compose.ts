import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { configFlag, configTexts } from '../../config/config.ts';
import { addon } from '../../native/addon.ts';
import { libexecPath } from '../../native/locate.ts';
import { readProcessStatus } from '../../native/process-status.ts';
import { findProgram } from '../../native/programs.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { acceptorWords, defaultSocket, serviceEnvironment } from './service-words.ts';

/** Where docker looks for its plugins, and then PATH; podman-compose runs commands instead of asking a service. */
const usualProviders = (): string[] => [
  ...[
    join(homedir(), '.docker'),
    '/usr/local/lib/docker',
    '/usr/local/libexec/docker',
    '/usr/lib/docker',
    '/usr/libexec/docker',
  ].map((place) => join(place, 'cli-plugins', 'docker-compose')),
  'docker-compose',
  'podman-compose',
];

/** The program that PODMAN_COMPOSE_PROVIDER names, as with podman, or else the first that is there. */
function findProvider({ engine }: CliContext): string {
  const chosen = process.env['PODMAN_COMPOSE_PROVIDER'];
  if (chosen) return chosen;
  const names = configTexts(engine.config, 'engine.compose_providers') ?? usualProviders();
  for (const name of names) {
    if (name.includes('/') ? existsSync(name) : findProgram(name) !== null) {
      return name.includes('/') ? name : (findProgram(name) ?? name);
    }
  }
  throw new BryoError('no-compose', `no program for compose files is there: ${names.join(', ')}`, {
    hint: 'apt install docker-compose',
  });
}

/** Whether a service listens on a socket, or whoever starts one for its clients. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** The user's service; null: none is there, or flags lead to another store than its own. */
async function ownService(context: CliContext): Promise<string | null> {
  const isUsual =
    context.globalWords.length === 0 && (process.env['XDG_RUNTIME_DIR'] || !process.geteuid?.());
  if (!isUsual) return null;
  const path = defaultSocket(context);
  return existsSync(path) && (await listens(path)) ? path : null;
}

/** A service for this call alone. */
async function startService(context: CliContext): Promise<{ pid: number; socket: string }> {
  const directory = join(context.engine.store.runroot, 'service');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const socket = join(directory, `compose-${process.pid}.sock`);
  const words = ['bryo-launcher', 'api', '--with-parent', '--socket', socket];
  const argv = [...words, ...acceptorWords(context, 0)];
  const path = libexecPath('bryo-launcher');
  const pid = addon().spawn(path, argv, serviceEnvironment(), [0, 2, 2]);
  while (!existsSync(socket)) {
    const state = readProcessStatus(pid)?.state ?? 'Z';
    if (state === 'Z') throw new BryoError('no-answer', 'the service has ended');
    await setTimeout(5);
  }
  return { pid, socket };
}

/** Ends as the program does; signals are the program's. */
function runProgram(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit', env });
    // A terminal's reach it by themselves.
    process.on('SIGINT', () => {});
    process.on('SIGQUIT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => child.kill(signal));
    child.on('error', (error) => {
      const why = errnoText(errnoCode(error)) ?? error.message;
      const line = [program, ...words].join(' ');
      reject(new BryoError('no-compose', `executing ${line}: ${why}`, { cause: error }));
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

export const command = defineCommand({
  name: 'compose',
  noun: 'system',
  summary: 'Run compose workloads via an external provider such as docker-compose',
  synopsis: '[WORD...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'none' },
  verbatim: true,
  options: [],
  description: [
    'Runs docker-compose, or podman-compose where there is no other, with these words. It speaks with the service that DOCKER_HOST names, or else with the one on the default socket (see bryo-system-service(1)); where none listens there, and with flags of another store, with one that lives as long as the call and no longer. All flags are those of the program.',
    "The program is looked for where docker has its plugins and then in PATH; PODMAN_COMPOSE_PROVIDER, and 'compose_providers' in containers.conf(5), name others. With 'compose_warning_logs = false' there nothing is said of which it is.",
  ],
  examples: [
    { command: 'bryo compose up -d', says: 'start what compose.yaml describes' },
    { command: 'bryo compose -f test.yaml down', says: 'remove it again' },
  ],
  async run({ args, context }) {
    const provider = findProvider(context);
    const [first = '--help'] = args;
    const asksHelp = ['--help', '-h', 'help'].includes(first);
    if (asksHelp) context.stdout.write(`${command.summary}\n\n`);
    else if (configFlag(context.engine.config, 'engine.compose_warning_logs') !== false) {
      context.stderr.write(`>>>> Executing external compose provider "${provider}" <<<<\n`);
    }
    if (asksHelp) return runProgram(provider, args, process.env);
    if (basename(provider) === 'podman-compose') {
      const own = ['--podman-path', libexecPath('bryo')];
      return runProgram(provider, [...own, ...args], process.env);
    }
    // Images are built by bryo, not by BuildKit's service.
    const builder = { DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
    if (process.env['DOCKER_HOST'])
      return runProgram(provider, args, { ...builder, ...process.env });
    const environment = (socket: string) => ({
      ...builder,
      ...process.env,
      DOCKER_HOST: `unix://${socket}`,
    });
    const own = await ownService(context);
    if (own !== null) return runProgram(provider, args, environment(own));
    const { pid, socket } = await startService(context);
    try {
      return await runProgram(provider, args, environment(socket));
    } finally {
      process.kill(pid, 'SIGTERM');
      addon().wait(pid);
    }
  },
});
