import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../support/bryo.ts';
import { median } from '../support/statistics.ts';
import { testUserSpawnOptions } from '../support/user.ts';
import { userProcesses } from './memory.ts';
import { type Peer, run, time } from './peer.ts';
import { report } from './report.ts';

/** A service of one of the peers, and what clients ask it. */
class ApiPeer {
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 100 });
  readonly socket: string;

  constructor(peer: Peer, directory: string) {
    this.socket = join(directory, `${peer.name}.sock`);
    const words = ['system', 'service', '--time', '0', `unix://${this.socket}`];
    const [program = '', ...rest] = peer.argv(...words);
    const { uid, gid, env } = testUserSpawnOptions();
    const ids = uid === undefined ? {} : { uid, gid };
    this.#child = spawn(program, rest, { stdio: 'ignore', cwd: '/', env, ...ids });
  }

  async ready(): Promise<void> {
    await eventually('the service listens', () => existsSync(this.socket));
    await this.ask('GET', '/_ping');
  }

  docker(...words: string[]): string[] {
    return ['docker', '-H', `unix://${this.socket}`, ...words];
  }

  /** The answer's body. Throws for a status of 400 and above. */
  ask(method: string, path: string, body?: unknown, agent = this.#agent): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const options = { socketPath: this.socket, method, path: `/v1.41${path}`, headers, agent };
      const asked = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more: string) => {
          text += more;
        });
        answer.on('end', () => {
          if ((answer.statusCode ?? 0) < 400) resolve(text);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Milliseconds that something takes. */
  async time(work: () => Promise<unknown>): Promise<number> {
    const before = performance.now();
    await work();
    return performance.now() - before;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on('close', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

const listed = 200;
const cycles = 40;
const width = 8;
const clients = 100;
const followers = 20;
const megabytes = 1000;

async function listings(peer: ApiPeer): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const spent = await peer.time(async () => {
    for (let round = 0; round < listed; round += 1) {
      await peer.ask('GET', '/containers/json', undefined, agent);
    }
  });
  agent.destroy();
  return spent;
}

async function cycle(peer: ApiPeer, image: string): Promise<void> {
  const body = { Image: image, Cmd: ['true'], HostConfig: { NetworkMode: 'none' } };
  const { Id } = JSON.parse(await peer.ask('POST', '/containers/create', body));
  await peer.ask('POST', `/containers/${Id}/start`);
  await peer.ask('POST', `/containers/${Id}/wait`);
  await peer.ask('DELETE', `/containers/${Id}`);
}

function cyclesOf(peer: ApiPeer, image: string): Promise<number> {
  let left = cycles;
  const one = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      await cycle(peer, image);
    }
  };
  return peer.time(() => Promise.all(Array.from({ length: width }, one)));
}

/** What is asked by many clients at once, with followed logs beside them: KiB, and milliseconds at two percentiles. */
async function crowd(peer: ApiPeer, image: string, before: ReadonlySet<number>) {
  const script = 'while :; do echo line; sleep 0.2; done';
  run(peer.docker('run', '-d', '--name', 'talks', '--network', 'none', image, 'sh', '-c', script));
  const path = '/v1.41/containers/talks/logs?follow=1&stdout=1';
  const streams = Array.from({ length: followers }, () => {
    const socket = connect(peer.socket);
    socket.resume().write(`GET ${path} HTTP/1.1\r\nHost: d\r\n\r\n`);
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 8000));
  const monitors = /monitor|conmon|^sh$|^sleep$|init|pause|catatonit/;
  const kept = (): number =>
    userProcesses()
      .filter(({ pid, name }) => !before.has(pid) && !monitors.test(name))
      .reduce((sum, { pss }) => sum + pss, 0);
  const idle = kept();
  const spent: number[] = [];
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, kept());
  }, 200);
  const one = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 10; round += 1) {
      spent.push(await peer.time(() => peer.ask('GET', '/containers/json', undefined, agent)));
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, one));
  clearInterval(watch);
  for (const socket of streams) socket.destroy();
  run(peer.docker('rm', '-f', 'talks'));
  spent.sort((a, b) => a - b);
  const at = (part: number): number => spent[Math.floor(spent.length * part)] ?? Number.NaN;
  return { idle, most, p50: at(0.5), p99: at(0.99) };
}

function several(count: number, measure: () => number): number {
  return median(Array.from({ length: count }, measure));
}

/** The figures of one service. */
async function figures(peer: Peer, directory: string, image: string) {
  const before = new Set(userProcesses().map(({ pid }) => pid));
  const api = new ApiPeer(peer, directory);
  await api.ready();
  const runs = api.docker('run', '--rm', '--network', 'none', image, 'true');
  run(runs);
  const ran = several(7, () => time(runs));
  const cycled = await cyclesOf(api, image);
  const many = await crowd(api, image, before);
  const large = join(directory, 'gigabyte');
  if (!existsSync(large)) writeFileSync(large, Buffer.alloc(megabytes * 1_000_000, 'bryo'));
  run(api.docker('run', '-d', '--name', 'large', '--network', 'none', image, 'sleep', '1000'));
  const copied = time(api.docker('cp', large, 'large:/gigabyte'));
  const shown = time(api.docker('exec', 'large', 'cat', '/gigabyte'));
  run(api.docker('rm', '-f', 'large'));
  for (let index = 0; index < listed; index += 1) {
    await api.ask('POST', '/containers/create', { Image: image, Cmd: ['true'] });
  }
  const names = several(5, () => time(api.docker('ps', '-a')));
  const lists = await listings(api);
  await api.stop();
  run(peer.argv('rm', '-fa'));
  return { ran, cycled, many, copied, shown, names, lists };
}

/** Clients of the API of both peers: what they ask often, and what they move. */
export async function measureApi(
  peers: { bryo: Peer; podman: Peer },
  directory: string,
  image: string,
): Promise<void> {
  const a = await figures(peers.bryo, directory, image);
  const b = await figures(peers.podman, directory, image);
  report('docker run --rm', a.ran, b.ran, 'ms', '<= 0.50');
  report(`docker ps of ${listed}`, a.names, b.names, 'ms', '<= 0.50');
  report(`${listed} listings over one connection`, a.lists, b.lists, 'ms', '<= 0.50');
  report(
    `${cycles} containers by the API, ${width} at a time`,
    a.cycled,
    b.cycled,
    'ms',
    '<= 0.40',
  );
  report('1 GB by docker cp', a.copied, b.copied, 'ms', '<= 1.00');
  report('1 GB by docker exec cat', a.shown, b.shown, 'ms', '<= 1.00');
  report(`${followers} followed logs: PSS`, a.many.idle, b.many.idle, 'KiB', '');
  report(`  with ${clients} clients: most PSS`, a.many.most, b.many.most, 'KiB', '');
  report('  their listings, median', a.many.p50, b.many.p50, 'ms', '');
  report('  their listings, 99 of 100', a.many.p99, b.many.p99, 'ms', '');
}
