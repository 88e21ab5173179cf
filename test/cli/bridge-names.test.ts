/** Containers of bridge networks find each other by their names; the way out by their connections. */
import { once } from 'node:events';
import { readdirSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');

const sandbox = new Sandbox();
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const start = (name: string, ...words: string[]) =>
  sandbox.ok('run', '-d', '--name', name, ...words, 'hello', 'sleep', '1000').trim();

/** The addresses that a container finds by a name; also those of IPv6. */
function found(from: string, name: string): string[] {
  const { stdout } = sandbox.run(['exec', from, 'nslookup', name]);
  // IPv4 and IPv6 each have a part of their own, in the order of the answers.
  const answer = stdout.slice(stdout.indexOf('\n\n'));
  return [...answer.matchAll(/Address(?: \d+)?: ([\da-f.:]+)/g)].map(([, address = '']) => address);
}

const addressOf = (name: string, device = 'eth0'): string =>
  sandbox.ok('exec', name, 'ip', '-4', 'addr', 'show', device).match(/inet ([\d.]+)\//)?.[1] ?? '';

t.test('by name, alias, short id and hostname', async (t) => {
  sandbox.ok('network', 'create', '--subnet', '10.124.1.0/24', 'first');
  start('asker', '--network', 'first');
  const id = start('Late', '--network', 'first:alias=other', '-h', 'host');
  const address = addressOf('Late');
  for (const name of ['Late', 'late', 'late.dns.podman', 'other', id.slice(0, 12), 'host']) {
    t.same(found('asker', name), [address], name);
  }
  t.same(found('Late', 'Late'), [address], 'itself');
  for (const name of ['one', 'two']) start(name, '--network', 'first', '--network-alias', 'shared');
  t.same(found('asker', 'shared').sort(), [addressOf('one'), addressOf('two')].sort());
  const named = sandbox.ok('exec', 'asker', 'nslookup', address);
  t.match(named, /name = late/i);
  const missing = sandbox.run(['exec', 'asker', 'nslookup', 'nobody.dns.podman']);
  t.match(missing.stdout + missing.stderr, /NXDOMAIN/);
});

t.test('containers that come leave the gateway where it is', async (t) => {
  const words = [
    '--network',
    'first',
    'hello',
    'sh',
    '-c',
    'nslookup asker >/dev/null; cat /proc/net/arp',
  ];
  const gateway = () =>
    /10\.124\.1\.1 .* ((?:..:){5}..)/.exec(sandbox.ok('run', '--rm', ...words))?.[1];
  const before = gateway();
  t.match(before, /:/);
  const many = Array.from({ length: 6 }, (_, index) => `more${index}`);
  for (const name of many) start(name, '--network', 'first');
  t.equal(gateway(), before, 'a MAC address of its own');
  t.same(found('asker', 'more5'), [addressOf('more5')]);
  sandbox.ok('rm', '-f', '-t', '0', ...many);
});

t.test('an answer is there before the first instruction', async (t) => {
  for (let i = 0; i < 5; ++i) {
    const words = [
      '--name',
      `own${i}`,
      '--network',
      'first',
      'hello',
      'nslookup',
      `own${i}.dns.podman`,
    ];
    t.match(sandbox.run(['run', '--rm', ...words]).stdout, /Address: 10\.124\.1\.\d+/);
  }
});

t.test('names of several networks, and of no other', async (t) => {
  sandbox.ok('network', 'create', '--internal', '--subnet', '10.124.2.0/24', 'second');
  start('both', '--network', 'first', '--network', 'second');
  start('inner', '--network', 'second');
  t.same(found('both', 'inner'), [addressOf('inner')]);
  t.same(found('both', 'late'), [addressOf('Late')]);
  t.same(found('inner', 'both'), [addressOf('both', 'eth1')]);
  t.same(found('inner', 'late.dns.podman'), []);
  t.same(found('asker', 'inner.dns.podman'), []);
});

t.test('a name is gone with its container, however that ends', async (t) => {
  sandbox.ok('stop', '-t', '0', 'Late');
  t.same(found('asker', 'other.dns.podman'), []);
  sandbox.ok('start', 'Late');
  t.same(found('asker', 'other'), [addressOf('Late')], 'and is there again');
  const monitor = sandbox.ok('inspect', '-f', '{{.State.ConmonPid}}', 'Late').trim();
  process.kill(Number(monitor), 'SIGKILL');
  await eventually('the name is gone', () => found('asker', 'other.dns.podman').length === 0);
});

t.test('a network made anew has nothing of the one before', async (t) => {
  const runtime = () => readdirSync(join(sandbox.runroot, 'networks')).length;
  const before = runtime();
  const make = (...words: string[]) =>
    sandbox.ok('network', 'create', '--label', 'anew', ...words, 'anew');
  const bridges = () => sandbox.ok('unshare', '--rootless-netns', 'ip', '-4', '-br', 'addr');
  make('--subnet', '10.124.9.0/24', '--internal');
  start('before', '--network', 'anew');
  t.match(bridges(), /10\.124\.9\.1/);
  sandbox.ok('network', 'rm', '-f', '-t', '0', 'anew');
  t.notMatch(bridges(), /10\.124\.9\.1/, 'its bridge is gone');
  t.equal(runtime(), before, 'its names are gone');
  // The same name of a bridge, another subnet, then the same subnet again.
  for (const subnet of ['10.124.8.0/24', '10.124.9.0/24']) {
    make('--subnet', subnet);
    start('after', '--network', 'anew');
    t.same(found('after', 'after'), [addressOf('after')], subnet);
    t.same(found('after', 'before'), [], subnet);
    sandbox.ok('rm', '-f', '-t', '0', 'after');
    sandbox.ok('network', 'prune', '-f', '--filter', 'label=anew');
  }
  t.equal(runtime(), before, 'prune forgets, too');
  // Another program has removed the network: nobody has said so here.
  make('--subnet', '10.124.9.0/24');
  start('before', '--network', 'anew');
  sandbox.ok('rm', '-f', '-t', '0', 'before');
  unlinkSync(join(sandbox.root, 'networks', 'anew.json'));
  sandbox.ok('network', 'create', '--subnet', '10.124.9.0/24', 'other');
  start('after', '--network', 'other');
  t.same(found('after', 'after'), [addressOf('after')]);
  sandbox.ok('network', 'rm', '-f', '-t', '0', 'other');
});

t.test('connections go out as those of the host do', async (t) => {
  const server = createServer((socket) => socket.end(`${socket.remoteAddress}\n`));
  server.listen(0, outside);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const answer = await sandbox.runBeside(['exec', 'asker', 'nc', '-w', '5', outside ?? '', port]);
  t.equal(answer.stdout, `${outside}\n`);
  server.close();
  const refused = await sandbox.runBeside(['exec', 'asker', 'nc', '-w', '5', outside ?? '', port]);
  t.match(refused.stderr, /refused/i, 'not one that is accepted, and then closed');
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
  t.same(sandbox.close(), []);
});
