import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { addon } from '../../../native/addon.ts';
import { ownEnvironment } from '../../../native/environment.ts';
import { letFrontAttach, takeSignalsBack } from '../../../native/front.ts';
import { libexecPath } from '../../../native/locate.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { isPassthrough } from '../../../request/log.ts';

export interface AttachClientOptions {
  tty: boolean;
  stdin: boolean;
  /** Null: the default keys. */
  detachKeys: string | null;
  sigProxy: boolean;
  /** The caller's terminal makes lines of newlines: the container's leaves them as they are. */
  plainNewlines?: boolean;
  /** Which of stdout and stderr are shown; null, or absent: both. */
  streams?: readonly string[] | null;
}

/**
 * The parts of a container that an attach client shows and hands on to it: with the caller's own streams
 * (log driver passthrough) there is nothing but signals, and the status.
 */
export function clientStreams({ tty, interactive, attach, log }: ContainerOptions) {
  const passthrough = isPassthrough(log);
  return { tty: tty && !passthrough, stdin: interactive && !passthrough, streams: attach };
}

/** The attach client's arguments after its connection. */
export function attachArguments(options: AttachClientOptions): string[] {
  const argv: string[] = [];
  const { streams = null } = options;
  if (streams?.includes('stdout') === false) argv.push('--no-stdout');
  if (streams?.includes('stderr') === false) argv.push('--no-stderr');
  if (options.tty) argv.push('--tty');
  if (options.plainNewlines) argv.push('--plain-newlines');
  if (!options.stdin) argv.push('--no-stdin');
  if (options.detachKeys !== null) argv.push('--detach-keys', options.detachKeys);
  argv.push(`--sig-proxy=${options.sigProxy ? 1 : 0}`);
  return argv;
}

/** How an attach client reaches the monitor. */
export type AttachConnection =
  | { kind: 'fd'; fd: number }
  | {
      kind: 'socket';
      directory: string;
      /** Lets a container's process go that waits for its start, once the client is connected. */
      release?: string;
    };

function placeArguments(connection: AttachConnection): string[] {
  if (connection.kind === 'fd') return ['--fd', '3'];
  const { directory, release } = connection;
  return ['--socket-dir', directory, ...(release === undefined ? [] : ['--release', release])];
}

/** The client's arguments, and the descriptors that it needs besides the standard ones. */
function clientCommand(connection: AttachConnection, options: AttachClientOptions) {
  return {
    argv: [...placeArguments(connection), ...attachArguments(options)],
    fds: connection.kind === 'fd' ? [connection.fd] : [],
  };
}

/**
 * Makes the front the attach client or, without one, this process: no JavaScript stays while the
 * container runs.
 */
export function becomeAttachClient(
  connection: AttachConnection,
  options: AttachClientOptions,
): never {
  const { argv, fds } = clientCommand(connection, options);
  letFrontAttach(argv, fds);
  const words = ['bryo-launcher', 'attach', ...argv];
  return addon().exec(libexecPath('bryo-launcher'), words, ownEnvironment(), [0, 1, 2, ...fds]);
}

const proxied = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const signalled = 128;

/** Runs the attach client beside this process, which has something to do afterwards. */
export function runAttachClient(
  connection: AttachConnection,
  options: AttachClientOptions,
): Promise<number> {
  const { argv, fds } = clientCommand(connection, options);
  return new Promise((resolve, reject) => {
    const client = spawn(libexecPath('bryo-launcher'), ['attach', ...argv], {
      stdio: [0, 1, 2, ...fds],
    });
    for (const fd of fds) closeSync(fd);
    // The client decides what a signal means; from a terminal it gets them by itself.
    for (const signal of proxied) {
      process.on(signal, () => {
        if (signal === 'SIGTERM' || !process.stdin.isTTY) client.kill(signal);
      });
    }
    takeSignalsBack();
    client.on('error', reject);
    client.on('close', (code, signal) =>
      resolve(code ?? signalled + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
