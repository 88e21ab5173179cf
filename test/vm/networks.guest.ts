/** Bridges with another kernel, under a login session: all of it once, for the suite proper tries it on the machine. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { requirePrograms } from '../support/requirements.ts';
import { serverWords } from '../support/server-words.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const port = await freePort();
const addresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ internal, address }) => !internal && !address.startsWith('fe80'));
const outside = (family: string): string =>
  addresses.find((one) => one.family === family)?.address ?? '';
const own = [outside('IPv4'), outside('IPv6')];

const servers = await Promise.all(
  [0, 1].map(async () => {
    const server = createServer((socket) => socket.end('outside\n'));
    server.listen(0, '::');
    await once(server, 'listening');
    const address = server.address();
    return { server, port: typeof address === 'object' ? String(address?.port) : '' };
  }),
);
const [open = '', closed = ''] = servers.map((one) => one.port);

const addressOf = (name: string, field: string): string =>
  sandbox
    .ok('inspect', '-f', `{{range .NetworkSettings.Networks}}{{.${field}}}{{end}}`, name)
    .trim();
const inside = (...words: string[]) => sandbox.runBeside(['exec', 'asker', ...words]);
/** Servers that say who has connected to them. */
const serve = 'while :; do nc -l -p 80 -e sh -c "netstat -tn | grep ESTABLISHED"; done';

t.test('doctor finds all that bridges need', async (t) => {
  const rows: { check: string; status: string; message: string }[] = JSON.parse(
    sandbox.ok('doctor', '--format', 'json'),
  );
  for (const check of [
    ...['/dev/net/tun', 'network helper', 'pasta', 'bridge networks', 'firewall of bridges'],
    ...['outgoing TCP', 'macvlan and rates'],
  ]) {
    t.match(
      rows.find((row) => row.check === check),
      { status: 'ok' },
      check,
    );
  }
});

t.test('containers of a network', async () => {
  sandbox.ok('network', 'create', '--ipv6', 'one');
  sandbox.ok('network', 'create', 'two');
  const publish = ['--network', 'one:alias=also', '-p', `${port}:80`];
  sandbox.ok('run', '-d', '--name', 'server', ...publish, 'hello', 'sh', '-c', serve);
  const rights = ['--cap-add', 'NET_RAW'];
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'asker',
    '--network',
    'one',
    ...rights,
    'hello',
    'sleep',
    '1000',
  );
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'other',
    '--network',
    'two',
    ...rights,
    'hello',
    'sleep',
    '1000',
  );
});

t.test('names', async (t) => {
  const found = (await inside('nslookup', 'also')).stdout;
  t.match(found, addressOf('server', 'IPAddress'));
  t.match(found, addressOf('server', 'GlobalIPv6Address'));
});

t.test('the outside, by both families', async (t) => {
  for (const address of own) {
    t.equal((await inside('nc', '-w', '60', address, open)).stdout, 'outside\n', address);
  }
});

t.test('published ports show their clients', async (t) => {
  for (const address of own) t.match(await serverWords(address, port), `${address}:`);
});

t.test('bridges are apart', async (t) => {
  for (const to of [addressOf('server', 'IPAddress'), addressOf('server', 'Gateway')]) {
    t.equal(sandbox.run(['exec', 'other', 'ping', '-c1', '-W1', to]).code, 1, to);
  }
  sandbox.ok('exec', 'asker', 'ping', '-c1', '-W30', addressOf('server', 'IPAddress'));
});

t.test('egress policies and rates', async (t) => {
  const allowed = ['--egress', `${own[0]}:${open}`, '--network', 'two:rate=10mbit'];
  const ask = (at: string) => `nc -w 30 ${own[0]} ${at} || echo refused`;
  const script = `${ask(open)}; ${ask(closed)}`;
  const shown = await sandbox.runBeside([
    ...['run', '--rm', ...allowed, 'hello', 'sh', '-c', script],
  ]);
  t.equal(shown.stdout, 'outside\nrefused\n', shown.stderr);
});

t.test('connect, disconnect, and a restart', async (t) => {
  sandbox.ok('network', 'connect', 'one', 'other');
  t.match(sandbox.ok('exec', 'other', 'ip', 'addr', 'show', 'eth1'), /inet6? /);
  sandbox.ok('network', 'disconnect', 'one', 'other');
  sandbox.ok('restart', '-t', '0', 'server');
  t.match(await serverWords('127.0.0.1', port), `${addressOf('server', 'Gateway')}:`);
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
  for (const { server } of servers) server.close();
  t.same(sandbox.close(), []);
});
