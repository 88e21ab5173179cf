import { rmSync } from 'node:fs';
import { eventually } from '../../support/bryo.ts';
import { freePort } from '../../support/free-port.ts';
import { complaint, ended } from '../ended.ts';
import type { TortureContext, TortureRow } from '../harness.ts';
import { kill, lives, timeUntil } from '../processes.ts';
import {
  bridgesNamespace,
  hello,
  leftOfNetworks,
  type NetworkProcesses,
  networkProcesses,
  OpenStream,
  type Outside,
  serveOutside,
} from './network-world.ts';

const containers = ['a', 'b', 'c'] as const;
type Name = (typeof containers)[number];
/** Tries of a second each, at most: what is started again is there long before. */
const mostTries = 10;
/** Rounds with the same network, before everything is ended. */
const roundsTogether = 10;
const echo = '7';
const patience = 10_000;

interface Running {
  pid: number;
  monitor: number;
  address: string;
}

/** A process that is ended or stopped, and the container that ends with it. */
interface Victim {
  what: string;
  pid: number;
  container: Name | null;
}

class World {
  readonly context: TortureContext;
  readonly outside: Outside;
  readonly port: number;
  readonly #namespaces = new Set<string>();
  #seen = new Set<number>();
  #stream: OpenStream | null = null;

  constructor(context: TortureContext, outside: Outside, port: number) {
    this.context = context;
    this.outside = outside;
    this.port = port;
  }

  get sandbox() {
    return this.context.sandbox;
  }

  /** Starts what does not run; gives what runs. */
  revive(): Record<Name, Running> {
    const running = this.sandbox.ok('ps', '--format', '{{.Names}}').split('\n');
    const known = this.sandbox.ok('ps', '-a', '--format', '{{.Names}}').split('\n');
    for (const name of containers) {
      if (running.includes(name)) continue;
      this.#closeStream();
      if (known.includes(name)) this.sandbox.ok('start', name);
      else this.#run(name);
    }
    const space = bridgesNamespace(this.sandbox);
    if (space !== null) this.#namespaces.add(space);
    const state = (name: Name): Running => {
      const format = `{{.State.Pid}} {{.State.ConmonPid}} {{(index .NetworkSettings.Networks "one").IPAddress}}`;
      const [pid, monitor, address = ''] = this.sandbox
        .ok('inspect', '-f', format, name)
        .trim()
        .split(' ');
      // No process is 0: to kill that one is to kill this program.
      if (Number(pid) < 2 || Number(monitor) < 2) throw new Error(`${name} does not run`);
      return { pid: Number(pid), monitor: Number(monitor), address };
    };
    return { a: state('a'), b: state('b'), c: state('c') };
  }

  #run(name: Name): void {
    const publish = name === 'b' ? ['-p', `${this.outside.address}:${this.port}:${echo}`] : [];
    const flags = ['--network', 'one', '--cap-add', 'NET_RAW', ...publish];
    const serve = ['nc', '-ll', '-p', echo, '-e', 'cat'];
    this.sandbox.ok('run', '-d', '--name', name, ...flags, 'hello', ...serve);
    if (name === 'c') this.sandbox.ok('network', 'connect', 'two', name);
  }

  processes(running: Record<Name, Running>): NetworkProcesses {
    const all = Object.values(running);
    const found = networkProcesses(this.sandbox, {
      monitors: all.map(({ monitor }) => monitor),
      payloads: all.map(({ pid }) => pid),
    });
    for (const pid of Object.values(found).flat()) this.#seen.add(pid);
    return found;
  }

  victims(running: Record<Name, Running>): Victim[] {
    const serving = Object.entries(this.processes(running)).flatMap(([what, pids]) =>
      (pids as number[]).map((pid): Victim => ({ what, pid, container: null })),
    );
    const own = containers.flatMap((name): Victim[] => [
      { what: `monitor of ${name}`, pid: running[name].monitor, container: name },
      { what: `payload of ${name}`, pid: running[name].pid, container: name },
    ]);
    // As often one of those that serve as one of those that are served.
    return [...serving, ...serving, ...own];
  }

  /** The connection from a to b, which nothing may cut that leaves both alive. */
  stream({ b }: Record<Name, Running>): OpenStream {
    this.#stream ??= new OpenStream(this.sandbox, 'a', b.address, echo);
    return this.#stream;
  }

  #closeStream(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  /** Repeats a command until it says what it should; tells of the time, and complains when it never does. */
  async until(what: string, args: readonly string[], expected: string): Promise<string[]> {
    const start = performance.now();
    for (let tries = 1; ; tries += 1) {
      const result = await ended(this.sandbox, args);
      if (result.stdout === expected) {
        this.context.figures.time(what, performance.now() - start);
        return [];
      }
      if (tries === mostTries) return [complaint([`${what}:`, ...args], result)];
    }
  }

  /** Ends all; gives what is left of it. */
  async end(): Promise<string[]> {
    this.#closeStream();
    this.sandbox.ok('rm', '-f', '-t', '0', '--all');
    await eventually('the holder ends', () => this.sandbox.holders().length === 0);
    const left = (): string[] => [
      ...[...this.#seen].filter(lives).map((pid) => `process ${pid} lives on`),
      ...leftOfNetworks(this.sandbox, this.#namespaces),
    ];
    // Killed with the holder, its processes may need a moment, and have their locks and namespace until then.
    await timeUntil(patience, () => left().length === 0);
    const stays = left();
    this.#namespaces.clear();
    this.#seen = new Set();
    return stays;
  }
}

/** Neighbours reach each other at once, whatever has just been killed. */
async function pings(
  world: World,
  running: Record<Name, Running>,
  alive: readonly Name[],
): Promise<string[]> {
  const pairs = alive.flatMap((from) => alive.map((to) => [from, to] as const));
  const results = pairs
    .filter(([from, to]) => from !== to)
    .map(async ([from, to]) => {
      const args = ['exec', from, 'ping', '-c', '1', '-W', '10', running[to].address];
      const result = await ended(world.sandbox, args);
      return result.code === 0 ? [] : [complaint(args, result)];
    });
  return (await Promise.all(results)).flat();
}

async function recovers(world: World, alive: readonly Name[]): Promise<string[]> {
  const { address, tcp, udp } = world.outside;
  const [first, second] = alive;
  const problems: string[] = [];
  for (const name of alive) {
    const ask = ['exec', name, 'nc', '-w', '1', address, tcp];
    problems.push(...(await world.until('outward', ask, hello)));
  }
  if (first === undefined) return problems;
  const fetch = `timeout 2 tftp -g -l /dev/stdout -r x ${address} ${udp} 2> /dev/null`;
  problems.push(...(await world.until('datagram', ['exec', first, 'sh', '-c', fetch], hello)));
  if (second !== undefined) {
    const ask = ['exec', first, 'sh', '-c', `ping -c 1 -W 5 ${second} > /dev/null && echo answers`];
    problems.push(...(await world.until('name', ask, 'answers\n')));
  }
  if (alive.includes('b')) {
    const script = `echo through | nc -w 1 ${address} ${world.port}`;
    const ask = ['exec', first, 'sh', '-c', script];
    problems.push(...(await world.until('port', ask, 'through\n')));
  }
  return problems;
}

/** Containers go on when the runtime directory is wiped. */
async function withoutRuntime(
  world: World,
  running: Record<Name, Running>,
  alive: readonly Name[],
): Promise<string[]> {
  rmSync(world.sandbox.runroot, { recursive: true, force: true });
  const problems = await pings(world, running, alive);
  const { address, tcp } = world.outside;
  for (const name of alive) {
    const ask = ['exec', name, 'nc', '-w', '1', address, tcp];
    problems.push(...(await world.until('outward', ask, hello)));
  }
  return problems.map((problem) => `the runtime directory is wiped: ${problem}`);
}

export const killedNetworks: TortureRow = {
  name: 'networks',
  says: 'processes of bridges are killed or stopped: neighbours reach each other all the time and soon the outside, and nothing stays',
  rounds: 100,
  shortRounds: 4,
  async prepare(context) {
    const { sandbox } = context;
    const outside = await serveOutside(context);
    sandbox.ok('network', 'create', '--subnet', '10.93.8.0/24', 'one');
    sandbox.ok('network', 'create', '--subnet', '10.93.9.0/24', 'two');
    const world = new World(context, outside, await freePort());
    return async (index) => {
      const running = world.revive();
      const stream = world.stream(running);
      stream.say();
      const victims = world.victims(running);
      const pick = (): Victim => victims[Math.floor(context.random() * victims.length)] as Victim;
      const hit = context.random() < 0.3 ? [pick(), pick()] : [pick()];
      const stops = context.random() < 0.2;
      for (const { pid } of hit) {
        if (stops) process.kill(pid, 'SIGSTOP');
        else kill(pid);
      }
      const lost = hit.map(({ container }) => container);
      const alive = containers.filter((name) => !lost.includes(name));
      const told = (problem: string): string =>
        `${stops ? 'stopped' : 'killed'} ${hit.map(({ what }) => what).join(', ')}: ${problem}`;
      const problems: string[] = [];
      stream.say();
      problems.push(...(await pings(world, running, alive)));
      if (stops) for (const { pid } of hit) process.kill(pid, 'SIGCONT');
      problems.push(...(await recovers(world, alive)));
      stream.say();
      if (alive.includes('a') && alive.includes('b')) {
        await eventually('the open connection carries all', () => stream.isWhole()).catch(
          (error: Error) => problems.push(error.message),
        );
      }
      const isLast = index % roundsTogether === roundsTogether - 1 || context.short;
      if (isLast) {
        // Else what is left in it is looked at.
        const wipes = context.short
          ? index % 2 === 1
          : index % (2 * roundsTogether) !== index % roundsTogether;
        if (wipes) problems.push(...(await withoutRuntime(world, running, alive)));
        problems.push(...(await world.end()));
      }
      return problems.map(told);
    };
  },
};
