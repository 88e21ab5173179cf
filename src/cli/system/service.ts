import { lookup } from 'node:dns/promises';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { addon } from '../../native/addon.ts';
import { libexecPath } from '../../native/locate.ts';
import type { Invocation } from '../command.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { printLine } from '../context.ts';
import {
  activatedSockets,
  isLoopback,
  readServiceAddress,
  type ServiceAddress,
} from './service-address.ts';
import type { TlsFiles, TlsPlace } from './service-tls.ts';
import { acceptorWords, defaultSocket, serviceEnvironment } from './service-words.ts';

/** The user's words, or the service manager's sockets, or the default. */
function addressesOf({ args, context }: Invocation, activated: number): ServiceAddress[] {
  if (args.length > 0) return args.map(readServiceAddress);
  if (activated > 0) return [{ kind: 'fd', name: null }];
  return [{ kind: 'unix', path: defaultSocket(context) }];
}

function readSeconds(text: string | null): number {
  if (text === null) return 5;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BryoError('usage', `--time ${text}: a number of seconds is wanted, 0 for no end`);
}

async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new BryoError('usage', `tcp://${host}: the host is not known`, { cause });
  }
}

async function tcpWords(numeric: string, port: number, open: boolean) {
  if (!open) {
    throw new BryoError('usage', 'whoever reaches a TCP port gets all that the service can do', {
      hint: 'use --tlscacert, --tlscert and --tlskey, or unix://, or --without-tls on the loopback',
    });
  }
  if (!isLoopback(numeric)) {
    throw new BryoError('usage', `${numeric} is reached from other machines, too`, {
      hint: '--without-tls is for 127.0.0.1 and ::1 only',
    });
  }
  return ['--tcp', numeric, String(port)];
}

/** The files of TLS; null: none are named. All three are needed: without them everybody could be a client. */
function tlsFiles({ text, flag }: Invocation): TlsFiles | null {
  const [ca, cert, key] = [text('tlscacert'), text('tlscert'), text('tlskey')];
  if (ca === null && cert === null && key === null) return null;
  if (ca === null || cert === null || key === null) {
    throw new BryoError('usage', 'TLS needs all of --tlscacert, --tlscert and --tlskey');
  }
  if (flag('without-tls')) {
    throw new BryoError(
      'usage',
      '--without-tls does not go with --tlscacert, --tlscert and --tlskey',
    );
  }
  return { ca, cert, key };
}

/** The places that the acceptor listens on: its words, and the sockets to hand on to it, which get numbers from 3 on. */
async function listening(invocation: Invocation, withTls: boolean) {
  const { flag } = invocation;
  const activated = activatedSockets(process.env, process.pid);
  const words: string[] = [];
  const fds: number[] = [];
  const tls: TlsPlace[] = [];
  for (const address of addressesOf(invocation, activated.length)) {
    if (address.kind === 'tcp') {
      const host = await resolveHost(address.host);
      if (withTls) tls.push({ host, port: address.port });
      else words.push(...(await tcpWords(host, address.port, flag('without-tls'))));
    } else if (address.kind === 'unix') {
      mkdirSync(dirname(address.path), { recursive: true, mode: 0o700 });
      words.push('--socket', address.path);
    } else {
      const found = activated.filter(({ name }) => address.name === null || name === address.name);
      if (found.length === 0) {
        const named = address.name === null ? '' : ` of the name ${address.name}`;
        throw new BryoError('usage', `the service manager has handed on no socket${named}`, {
          hint: 'fd:// is for units with a .socket: systemctl --user start bryo.socket',
        });
      }
      for (const { fd } of found) {
        words.push('--fd', String(3 + fds.length));
        fds.push(fd);
      }
    }
  }
  return { words, fds, tls };
}

/** A socket that this process alone leads connections to. */
function privateSocket({ engine }: CliContext): string {
  const directory = join(engine.store.runroot, 'service');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return join(directory, `tls-${process.pid}.sock`);
}

function printEnvironment(invocation: Invocation): number {
  const { args, context } = invocation;
  const [uri] = args;
  const address = uri === undefined ? null : readServiceAddress(uri);
  if (address?.kind === 'fd') {
    throw new BryoError(
      'usage',
      '--print-env: clients do not know what the service manager opens',
      {
        hint: 'name the socket: unix:///PATH',
      },
    );
  }
  const host = uri ?? `unix://${defaultSocket(context)}`;
  printLine(context, `export DOCKER_HOST=${host}`);
  return 0;
}

export const command = defineCommand({
  name: 'system-service',
  noun: 'system',
  summary: "Answer requests of the Docker Engine API and of podman's",
  synopsis: '[URI...]',
  arguments: { min: 0, max: 8, kind: 'none' },
  options: [
    {
      name: 'time',
      short: 't',
      value: 'SECONDS',
      default: '5',
      help: 'end when nobody has asked for anything for so long; 0: never',
    },
    { name: 'print-env', help: 'print the line by which clients find the service, and do no more' },
    {
      name: 'tlscacert',
      value: 'FILE',
      help: 'certificates of those who sign the certificates of clients, for tcp://',
    },
    { name: 'tlscert', value: 'FILE', help: 'the certificate of the service, for tcp://' },
    { name: 'tlskey', value: 'FILE', help: 'the key of the service, for tcp://' },
    {
      name: 'without-tls',
      help: 'listen on a TCP port of the loopback, where every user of this machine gets in; answered is what is sent to localhost or an address, not to other names, which web pages can lead there',
    },
  ],
  refused: {
    cors: 'web pages get no answers: that would let them run containers',
    'pprof-address': 'bryo has no profiler to ask',
  },
  description: [
    "Answers requests of programs that speak the Docker Engine API or podman's: docker and docker-compose, podman --remote, libraries. Nothing but a small program waits for them; requests are answered by workers, which are started when requests come and end when none do. Containers do not depend on the service: they go on when it ends.",
    'URI says where it listens: unix:///PATH, a socket of the file system that only its owner can use; tcp://HOST:PORT; fd://, the sockets that a service manager has opened, or fd://NAME, those of that name. Without one these are the sockets of the service manager, or else $XDG_RUNTIME_DIR/bryo/bryo.sock (/run/bryo/bryo.sock for root); called as podman, bryo listens at $XDG_RUNTIME_DIR/podman/podman.sock (/run/podman/podman.sock).',
    'A TCP port is served with TLS 1.2 or newer, and only for clients with a certificate that --tlscacert has signed: --tlscacert, --tlscert and --tlskey are all needed, as with docker, whose clients take the same flags. Whoever has such a certificate can do all that the user of the service can.',
    'With the units that are installed, systemctl --user enable --now bryo.socket has systemd wait instead, and nothing of bryo runs until a client comes.',
  ],
  examples: [
    { command: 'bryo system service --time 0 &', says: 'serve until it is told to end' },
    { command: 'eval "$(bryo system service --print-env)"', says: 'let docker find it' },
    {
      command: 'systemctl --user enable --now bryo.socket',
      says: 'have it started when it is needed',
    },
  ],
  async run(invocation) {
    if (invocation.flag('print-env')) return printEnvironment(invocation);
    const own = acceptorWords(invocation.context, readSeconds(invocation.text('time')));
    const files = tlsFiles(invocation);
    const { words, fds, tls } = await listening(invocation, files !== null);
    if (files !== null && tls.length === 0) {
      throw new BryoError('usage', '--tlscacert, --tlscert and --tlskey are for tcp://HOST:PORT');
    }
    if (files !== null) {
      const { serveWithTls } = await import('./service-tls.ts');
      const socket = privateSocket(invocation.context);
      return serveWithTls(files, tls, {
        path: libexecPath('bryo-launcher'),
        words: ['api', '--with-parent', '--socket', socket, ...words, ...own],
        fds,
        env: serviceEnvironment(),
        socket,
      });
    }
    const argv = ['bryo-launcher', 'api', ...words, ...own];
    return addon().exec(libexecPath('bryo-launcher'), argv, serviceEnvironment(), [
      0,
      1,
      2,
      ...fds,
    ]);
  },
});
