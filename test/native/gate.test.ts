/** The gate: outgoing connections of containers on bridges, as connections of the host. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findProgram } from '../../src/native/programs.ts';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { driver, NetWorld } from './net-world.ts';

requirePrograms('nft');
requireDevices('/dev/net/tun');

const peer = [process.execPath, join(projectDir, 'dist', 'js', 'test', 'native', 'gate-peer.js')];

/**
 *   world 10.77.0.2 ── 10.77.0.1 host ┤ gate ├ bridges ── 10.89.0.2 client, 10.89.1.2 neighbour
 */
class GateWorld extends NetWorld {
  outside = 0;
  bridges = 0;
  client = 0;
  neighbour = 0;
  gate = 0;

  static async make(): Promise<GateWorld> {
    const world = new GateWorld();
    await world.begin();
    world.outside = await world.space();
    world.bridges = await world.space();
    world.#link('h0', world.host, 'w0', world.outside);
    world.#addresses(world.host, 'h0', '10.77.0.1/24', 'fd77::1/64');
    world.#addresses(world.outside, 'w0', '10.77.0.2/24', 'fd77::2/64');
    world.client = await world.#bridge(0);
    world.neighbour = await world.#bridge(1);
    const forward =
      'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding';
    world.runIn(world.bridges, 'sh', '-c', forward);
    const network = `/proc/${world.bridges}/ns/net`;
    const words = ['gate', network, findProgram('nft') ?? ''];
    world.gate = (await world.start([...world.enter(world.host), driver, ...words])).pid ?? 0;
    // Its sets of ports are filled where containers are connected.
    world.arrange(world.bridges, 'nft delete table bridge bryo');
    for (const address of ['10.77.0.2', 'fd77::2', '10.77.0.1']) {
      const where = address === '10.77.0.1' ? world.host : world.outside;
      await world.start([...world.enter(where), ...peer, 'serve', address]);
    }
    return world;
  }

  #link(name: string, pid: number, other: string, otherPid: number): void {
    this.arrange(pid, `ip link add ${name} type veth peer name ${other} netns ${otherPid}`);
  }

  #addresses(pid: number, device: string, ...addresses: string[]): void {
    for (const address of addresses) {
      const now = address.includes(':') ? ' nodad' : '';
      this.arrange(pid, `ip address add ${address} dev ${device}${now}`);
    }
    this.arrange(pid, `ip link set ${device} up`);
  }

  async #bridge(number: number): Promise<number> {
    const pid = await this.space();
    const device = `br${number}`;
    // The group of bridges that lead outside (addon/net/names.h).
    this.arrange(this.bridges, `ip link add ${device} type bridge`);
    this.arrange(this.bridges, `ip link set ${device} group 7001`);
    this.#addresses(this.bridges, device, `10.89.${number}.1/24`, `fd89:${number}::1/64`);
    this.#link(`v${number}`, this.bridges, 'eth0', pid);
    this.arrange(this.bridges, `ip link set v${number} master ${device} up`);
    this.#addresses(pid, 'eth0', `10.89.${number}.2/24`, `fd89:${number}::2/64`);
    this.arrange(pid, `ip route add default via 10.89.${number}.1`);
    this.arrange(pid, `ip -6 route add default via fd89:${number}::1`);
    return pid;
  }

  async ask(mode: string, address: string, port: number): Promise<Record<string, unknown>> {
    const text = await this.runBesideIn(this.client, ...peer, mode, address, `${port}`);
    return JSON.parse(text === '' ? '{}' : text);
  }
}

const world = await GateWorld.make();
t.teardown(() => world.end());
const servers = ['10.77.0.2', 'fd77::2'];

t.test('bytes go both ways, and their ends', async (t) => {
  for (const address of servers) {
    t.match(await world.ask('say', address, 7001), { same: true, error: '' }, address);
    t.match(await world.ask('big', address, 7001), { same: true, error: '' }, 'eight megabytes');
    const counted = await world.ask('say', address, 7002);
    t.match(counted['text'], /^5 from /, 'an answer after the end');
    t.match(await world.ask('say', address, 7004), { text: 'hello' }, 'a server that speaks first');
  }
  t.match(
    (await world.ask('say', '10.77.0.2', 7002))['text'],
    /from (::ffff:)?10\.77\.0\.1$/,
    'as the host',
  );
  t.match(await world.ask('say', '10.77.0.1', 7001), { same: true }, "an address of the host's");
});

t.test('what came of a connection is what its client learns', async (t) => {
  for (const address of servers) {
    t.same(await world.ask('dial', address, 9), { outcome: 'ECONNREFUSED' }, address);
    t.match(await world.ask('say', address, 7003), { error: 'ECONNRESET' });
  }
  t.same(await world.ask('dial', '203.0.113.1', 80), { outcome: 'ENETUNREACH' });
  t.same(await world.ask('dial', 'fd99::1', 80), { outcome: 'ENETUNREACH' });
  t.match((await world.ask('dial', '10.77.0.9', 80))['outcome'], /^EHOSTUNREACH$/, 'nobody has it');
  const rules =
    'table inet quiet { chain input { type filter hook input priority 0; tcp dport 7777 drop; }; }';
  t.equal(world.runIn(world.outside, 'nft', rules), '');
  t.same(
    await world.ask('impatient', '10.77.0.2', 7777),
    { outcome: 'waiting' },
    'a silent server',
  );
});

t.test("a client that asks for more than its share is in nobody's way", async (t) => {
  const descriptors = () => readdirSync(`/proc/${world.gate}/fd`).length;
  // Of the gate's 4,096 places for connections that are not there yet, none would be left.
  const flood = await world.start([
    ...[...world.enter(world.neighbour), ...peer],
    ...['flood', '10.77.0.2', '7777'],
  ]);
  await eventually('its share is full', () => descriptors() >= 1024);
  // Its packets fill the device's queue at times, and others are lost then.
  let answer: Record<string, unknown> = {};
  for (let tries = 0; tries < 10 && answer['same'] !== true; tries += 1) {
    answer = await world.ask('say', '10.77.0.2', 7001);
  }
  t.match(answer, { same: true, error: '' });
  t.ok(descriptors() < 1300);
  flood.removeAllListeners('exit');
  flood.kill('SIGKILL');
});

t.test('the gate is no way to where packets would not get', async (t) => {
  const neighbour = [...world.enter(world.neighbour), ...peer, 'serve', '10.89.1.2'];
  await world.start(neighbour);
  t.same(await world.ask('impatient', '10.89.1.2', 7001), { outcome: 'waiting' }, 'another bridge');
});

t.test('many at once, and all is given back', async (t) => {
  const descriptors = () => readdirSync(`/proc/${world.gate}/fd`).length;
  const before = descriptors();
  t.same(await world.ask('many', '10.77.0.2', 7001), { connected: 1500, answered: 1500 });
  for (let i = 0; i < 100 && descriptors() > before + 64; ++i) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.ok(descriptors() <= before + 64, 'pipes may wait for the next');
});
