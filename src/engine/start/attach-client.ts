import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { addon } from '../../native/addon.ts';
import { libexecPath } from '../../native/locate.ts';

export interface AttachClientOptions {
  tty: boolean;
  stdin: boolean;
  /** Null: the default keys. */
  detachKeys: string | null;
  sigProxy: boolean;
  /** Which of stdout and stderr are shown; null, or absent: both. */
  streams?: readonly string[] | null;
}

/** The attach client's arguments after its connection. */
export function attachArguments(options: AttachClientOptions): string[] {
  const argv: string[] = [];
  if (options.tty) argv.push('--tty');
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

/** The client's arguments and descriptors; what is not to be shown goes to /dev/null. */
function clientCommand(connection: AttachConnection, options: AttachClientOptions) {
  const { streams = null } = options;
  const output = (fd: number, name: string): number =>
    streams === null || streams.includes(name) ? fd : openSync('/dev/null', 'w');
  return {
    argv: ['attach', ...placeArguments(connection), ...attachArguments(options)],
    fds: [
      0,
      output(1, 'stdout'),
      output(2, 'stderr'),
      ...(connection.kind === 'fd' ? [connection.fd] : []),
    ],
  };
}

/** Replaces this process by the attach client: no JavaScript stays while the container runs. */
export function becomeAttachClient(
  connection: AttachConnection,
  options: AttachClientOptions,
): never {
  const environment = Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ''}`);
  const { argv, fds } = clientCommand(connection, options);
  return addon().exec(libexecPath('bryo-launcher'), ['bryo-launcher', ...argv], environment, fds);
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
    const client = spawn(libexecPath('bryo-launcher'), argv, { stdio: fds });
    for (const fd of fds) if (fd > 2) closeSync(fd);
    // The client decides what a signal means; from a terminal it gets them by itself.
    for (const signal of proxied) {
      process.on(signal, () => {
        if (signal === 'SIGTERM' || !process.stdin.isTTY) client.kill(signal);
      });
    }
    client.on('error', reject);
    client.on('close', (code, signal) =>
      resolve(code ?? signalled + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
