/** Clients that mean harm, or make mistakes, and those beside them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { projectDir } from '../support/product.ts';
import { ask, asking } from './names-asking.ts';
import { NamesWorld } from './names-world.ts';

const world = await NamesWorld.make();
t.teardown(() => world.end());

const script = (name: string) => join(projectDir, 'dist', 'js', 'test', 'native', `${name}.js`);
world.addAddresses('10.89.0.1/24', '10.89.0.2/24', '10.89.0.3/24');
world.network('a', ['gateway 10.89.0.1', 'subnet 10.89.0.0/24', 'domain dns.podman']);
world.names('a', 2, ['10.89.0.2', 'web']);
world.names('a', 3, ['10.89.0.3', 'db']);
await world.hold('a', 2, 3);
await world.onHost(process.execPath, script('odd-name-server'), '127.0.0.54');
writeFileSync(world.resolvConf, 'nameserver 127.0.0.54\n');
await world.startResponder();

const hostile = async (mode: string): Promise<Record<string, unknown>> =>
  JSON.parse(
    await world.runBeside(
      ...[process.execPath, script('hostile-name-client'), mode, '10.89.0.1', '10.89.0.2'],
    ),
  );
const descriptors = () => readdirSync(`/proc/${world.responder}/fd`).length;
const resident = () =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${world.responder}/status`, 'utf8'))?.[1]);
const neighbour = ['-b', '10.89.0.3'];

t.test('messages of random bytes', async (t) => {
  await hostile('garbage');
  t.match(ask(world, 'web').answers, ['A 10.89.0.2'], 'the responder is there and well');
});

t.test('a client that asks more than can be answered', async (t) => {
  const idle = descriptors();
  const flooding = hostile('flood');
  let most = 0;
  for (let i = 0; i < 10; ++i) {
    await pause(200);
    most = Math.max(most, descriptors());
    const beside = await asking(world, `n${i}.test`, 'A', ...neighbour);
    t.match(beside.answers, ['A 192.0.2.7'], 'its neighbour is served');
  }
  t.match((await asking(world, 'web', 'A', ...neighbour)).answers, ['A 10.89.0.2']);
  const { failed } = await flooding;
  t.ok(Number(failed) > 1000, `${failed} are told that it was too much, or that nobody knows`);
  t.ok(most - idle <= 140, `${most} descriptors at most`);
  t.ok(descriptors() <= idle + 1, 'all are given back');
  const before = resident();
  await hostile('flood');
  t.ok(resident() < before * 1.3 + 4096, `memory: ${before} kB, then ${resident()} kB`);
});

t.test('connections', async (t) => {
  t.same(await hostile('streams'), {
    ...{ whole: true, bytewise: true, pipelined: true },
    ...{ tooLong: 0, tooShort: 0, cut: 0, response: 14 },
  });
  const idle = descriptors();
  const crowding = hostile('crowd');
  t.match((await asking(world, 'web', 'A', '+tcp', ...neighbour)).answers, ['A 10.89.0.2']);
  const { open } = await crowding;
  t.equal(open, 32, 'of one client');
  t.match((await asking(world, 'web', 'A', '+tcp')).answers, ['A 10.89.0.2'], 'later');
  const { milliseconds } = await hostile('idle');
  t.ok(Number(milliseconds) > 9000, 'one that says nothing more is closed after ten seconds');
  t.ok(descriptors() <= idle);
});
