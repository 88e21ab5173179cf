import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isLocked } from '../../../src/native/lock-holders.ts';
import type { Sandbox } from '../../support/bryo.ts';
import { inProcesses } from '../../support/processes.ts';
import type { TortureContext } from '../harness.ts';

export const hello = 'outside\n';

/** Servers on an address of the machine that is none of the loopback's. */
export interface Outside {
  address: string;
  tcp: string;
  udp: string;
}

export async function serveOutside(context: TortureContext): Promise<Outside> {
  const address = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  if (address === undefined) throw new Error('this machine has no address but the loopback ones');
  const server = createServer((socket) => socket.on('error', () => undefined).end(hello));
  // TFTP (RFC 1350): whatever is asked for is one block of data.
  const datagrams = createSocket('udp4');
  const block = Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.from(hello)]);
  datagrams.on('message', (request, from) => {
    if (request[1] === 1) datagrams.send(block, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  await new Promise<void>((resolve) => datagrams.bind(0, address, resolve));
  context.teardown(() => server.close());
  context.teardown(() => datagrams.close());
  const place = server.address();
  const tcp = typeof place === 'object' ? String(place?.port) : '';
  return { address, tcp, udp: String(datagrams.address().port) };
}

/** Processes that serve the bridges of a sandbox, by what they are. */
export interface NetworkProcesses {
  holder: number[];
  services: number[];
  uplink: number[];
  relay: number[];
  lease: number[];
}

/** `monitors` and `payloads` are those of the containers. */
export function networkProcesses(
  sandbox: Sandbox,
  { monitors, payloads }: { monitors: readonly number[]; payloads: readonly number[] },
): NetworkProcesses {
  const holder = sandbox.holders();
  const services = sandbox.bridgeServices();
  const found: NetworkProcesses = { holder, services, uplink: [], relay: [], lease: [] };
  inProcesses((process) => {
    const [program = '', mode = '', , target = ''] = process.words();
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(process.read('status'))?.[1]);
    if (/slirp4netns$/.test(program) && holder.includes(parent)) found.uplink.push(process.pid);
    if (mode === 'relay' && monitors.includes(parent)) found.relay.push(process.pid);
    const connected = mode === 'connect' && payloads.includes(Number(target.split(':')[0]));
    if (connected) found.lease.push(process.pid);
    return null;
  });
  return found;
}

/** A connection between two containers that lines go over and come back by. */
export class OpenStream {
  readonly #child: ChildProcess;
  #sent = 0;
  #received = '';

  constructor(sandbox: Sandbox, from: string, to: string, port: string) {
    this.#child = sandbox.start(['exec', '-i', from, 'nc', to, port]);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
  }

  say(): void {
    this.#sent += 1;
    this.#child.stdin?.write(`${this.#sent}\n`);
  }

  /** Whether all that was said has come back. */
  isWhole(): boolean {
    const said = Array.from({ length: this.#sent }, (_, index) => `${index + 1}\n`);
    return this.#received === said.join('');
  }

  close(): void {
    this.#child.stdin?.destroy();
    this.#child.kill('SIGKILL');
  }
}

/** The bridges' network namespace, as a link of /proc names it. */
export function bridgesNamespace(sandbox: Sandbox): string | null {
  const [holder = 0] = sandbox.holders();
  try {
    return readlinkSync(`/proc/${holder}/fd/5`);
  } catch {
    return null;
  }
}

/** Processes that still have one of these namespaces, and locks on files of networks. */
export function leftOfNetworks(sandbox: Sandbox, namespaces: ReadonlySet<string>): string[] {
  const left = inProcesses(({ pid }) => {
    const links = [`/proc/${pid}/ns/net`, ...descriptors(pid)];
    const has = links.some((path) => namespaces.has(linkAt(path)));
    return has ? `process ${pid} has the namespace of bridges` : null;
  });
  for (const path of filesBelow(join(sandbox.runroot, 'networks'))) {
    if (isLocked(path)) left.push(`${path} is locked`);
    if (path.includes('/names/') || path.includes('/policies/')) left.push(path);
  }
  return left;
}

function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
