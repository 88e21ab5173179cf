import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft', 'curl');

const sandbox = new Sandbox();
const bridged = ['--network', 'bridge', '--cap-add', 'NET_RAW'];
const addressOf = (name: string): string =>
  sandbox.ok('exec', name, 'ip', '-4', 'addr', 'show', 'eth0').match(/inet ([\d.]+)\//)?.[1] ?? '';
const hostPort = await freePort();
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

t.test('a container reaches its gateway, its neighbours and the outside', async (t) => {
  sandbox.ok('run', '-d', '--name', 'a', '--network', 'bridge', 'hello', 'sleep', '1000');
  sandbox.ok('run', '-d', '--name', 'b', '--network', 'podman', 'hello', 'sleep', '1000');
  const [a, b] = ['a', 'b'].map(addressOf);
  t.match(a, /^10\.88\.0\.\d+$/);
  t.not(a, b);
  sandbox.ok('run', '--rm', ...bridged, 'hello', 'ping', '-c1', '-W5', '10.88.0.1');
  sandbox.ok('run', '--rm', ...bridged, 'hello', 'ping', '-c1', '-W5', a ?? '');
  const server = createServer((socket) => socket.end('outside\n'));
  server.listen(0, outside);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const answer = await sandbox.runBeside(['exec', 'b', 'nc', '-w', '5', outside ?? '', port]);
  t.equal(answer.stdout, 'outside\n');
  server.close();
});

t.test('what works with containers works with these', async (t) => {
  t.equal(sandbox.ok('exec', 'a', 'cat', '/proc/1/comm'), 'sleep\n');
  sandbox.ok('exec', 'a', 'sh', '-c', 'echo text > /file; chown 33:33 /file');
  const directory = sandbox.makeDirectory('copied');
  sandbox.ok('cp', 'a:/file', `${directory}/file`);
  t.equal(readFileSync(`${directory}/file`, 'utf8'), 'text\n');
  sandbox.ok('commit', '-q', 'a', 'committed');
  t.equal(sandbox.ok('run', '--rm', 'committed', 'stat', '-c', '%u', '/file'), '33\n');
  t.match(sandbox.ok('stats', '--no-stream', '--format', '{{.Name}}', 'a'), /^a$/m);
  const joined = sandbox.ok('run', '--rm', '--network', 'container:a', 'hello', 'ip', 'addr');
  t.match(joined, new RegExp(`inet ${addressOf('a')}/`));
  sandbox.ok('restart', '-t', '0', 'a');
  t.equal(sandbox.ok('exec', 'a', 'cat', '/file'), 'text\n');
});

for (const userns of ['keep-id', 'nomap', 'auto', 'keep-id:uid=200,gid=210']) {
  t.test(`--userns ${userns}`, async (t) => {
    const argv = ['run', '--rm', ...bridged, '--userns', userns, 'hello'];
    t.match(sandbox.ok(...argv, 'ip', 'addr'), /inet 10\.88\.0\.\d+\/16/);
    sandbox.ok(...argv, 'touch', '/tmp/mine');
  });
}

t.test('pods, and containers that join one with ids of its own', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'pod', '--network', 'bridge');
  sandbox.ok('run', '-d', '--pod', 'pod', '--name', 'member', 'hello', 'sleep', '1000');
  const other = sandbox.ok('run', '--rm', '--pod', 'pod', 'hello', 'ip', 'addr', 'show', 'eth0');
  t.match(other, `inet ${addressOf('member')}/16`);
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'pod');
  const keepId = ['--network', 'bridge', '--userns', 'keep-id', 'hello', 'sleep', '1000'];
  sandbox.ok('run', '-d', '--name', 'kept', ...keepId);
  const joins = ['run', '--rm', '--network', 'container:kept', 'hello', 'sh', '-c'];
  t.match(sandbox.ok(...joins, 'touch /tmp/mine && ip addr'), `inet ${addressOf('kept')}/16`);
  sandbox.ok('rm', '-f', '-t', '0', 'kept');
});

t.test('IPv6 beside IPv4, with the same number of the host', async (t) => {
  const subnets = ['--ipv6', '--subnet', '10.123.4.0/24', '--subnet', 'fd12:3456::/64'];
  sandbox.ok('network', 'create', ...subnets, 'six');
  const run = ['run', '--rm', '--network', 'six', '--cap-add', 'NET_RAW', 'hello', 'sh', '-c'];
  const shown = sandbox.ok(...run, 'ip addr && ping -c1 -W5 fd12:3456::1');
  const [, host = 0] = /inet 10\.123\.4\.(\d+)\/24/.exec(shown) ?? [];
  t.match(shown, `inet6 fd12:3456::${Number(host).toString(16)}/64`);
  sandbox.ok('network', 'rm', 'six');
});

t.test('many that start at once have addresses of their own', async (t) => {
  const argv = ['run', '-d', '--network', 'bridge', 'hello', 'sleep', '1000'];
  const results = await Promise.all(Array.from({ length: 12 }, () => sandbox.runBeside(argv)));
  t.same(
    results.map(({ stderr }) => stderr),
    results.map(() => ''),
  );
  const ids = results.map(({ stdout }) => stdout.trim());
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const addresses = sandbox
    .ok('inspect', '-f', format, ...ids)
    .trim()
    .split('\n');
  t.equal(new Set(addresses).size, ids.length);
  sandbox.ok('rm', '-f', '-t', '0', ...ids);
});

t.test('addresses that were asked for are had, or somebody has them', async (t) => {
  const asked = ['--network', 'bridge', '--ip', '10.88.77.7', '--mac-address', '02:11:22:33:44:55'];
  sandbox.ok('run', '-d', '--name', 'fixed', ...asked, 'hello', 'sleep', '1000');
  const shown = sandbox.ok('exec', 'fixed', 'ip', 'addr', 'show', 'eth0');
  t.match(shown, /02:11:22:33:44:55/);
  t.match(shown, /inet 10\.88\.77\.7\/16/);
  const id = sandbox.ok('inspect', '-f', '{{.Id}}', 'fixed').trim();
  const clash = sandbox.run(['run', '--rm', '--network', 'bridge', '--ip', '10.88.77.7', 'hello']);
  t.equal(clash.code, 126);
  t.match(
    clash.stderr,
    `IPAM error: requested ip address 10.88.77.7 is already allocated to container ID ${id}`,
  );
  sandbox.ok('rm', '-f', '-t', '0', 'fixed');
  sandbox.ok('run', '--rm', '--network', 'bridge', '--ip', '10.88.77.7', 'hello', 'true');
});

t.test('several networks, and no way between their containers', async (t) => {
  sandbox.ok('network', 'create', '--subnet', '10.123.1.0/24', 'one');
  sandbox.ok('network', 'create', '--subnet', '10.123.2.0/24', 'two');
  sandbox.ok('network', 'create', '--internal', '--subnet', '10.123.3.0/24', 'inner');
  sandbox.ok('run', '-d', '--name', 'x', '--network', 'one', 'hello', 'sleep', '1000');
  sandbox.ok(
    ...['run', '-d', '--name', 'y', '--network', 'two', '--network', 'inner', '--cap-add'],
    ...['NET_RAW', 'hello', 'sleep', '1000'],
  );
  const [x = ''] = ['x'].map(addressOf);
  t.match(sandbox.ok('exec', 'y', 'ip', 'addr', 'show', 'eth1'), /inet 10\.123\.3\.\d+\/24/);
  sandbox.ok('exec', 'y', 'ping', '-c1', '-W5', '10.123.2.1');
  sandbox.ok('exec', 'y', 'ping', '-c1', '-W5', '10.123.3.1');
  for (const other of [x, '10.123.1.1', '10.88.0.1']) {
    t.equal(sandbox.run(['exec', 'y', 'ping', '-c1', '-W1', other]).code, 1, other);
  }
  const alone = ['run', '--rm', '--network', 'inner', '--cap-add', 'NET_RAW', 'hello'];
  t.equal(sandbox.run([...alone, 'ip', 'route']).stdout.includes('default'), false);
  sandbox.ok(...alone, 'ping', '-c1', '-W5', '10.123.3.1');
  const forced = 'ip route add default via 10.123.3.1 && nc -w 2 "$0" "$1"';
  const server = createServer((socket) => socket.end('outside\n'));
  server.listen(0, outside);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const way = ['run', '--rm', '--network', 'inner', '--cap-add', 'NET_ADMIN', 'hello', 'sh', '-c'];
  const out = await sandbox.runBeside([...way, forced, outside ?? '', port]);
  t.equal(out.stdout, '');
  server.close();
  sandbox.ok('rm', '-f', '-t', '0', 'x', 'y');
});

t.test('names of a network', async (t) => {
  sandbox.ok('run', '-d', '--name', 'named', '--network', 'one', 'hello', 'sleep', '1000');
  const address = addressOf('named');
  const found = sandbox.run(['run', '--rm', '--network', 'one', 'hello', 'nslookup', 'named']);
  t.match(found.stdout, address);
  sandbox.ok('rm', '-f', '-t', '0', 'named');
});

t.test('a published port shows its clients', async (t) => {
  const serve = 'while true; do nc -l -p 80 -e sh -c "netstat -tn | grep :80"; done';
  const published = ['--network', 'bridge', '-p', `${hostPort}:80`];
  sandbox.ok('run', '-d', '--name', 'server', ...published, 'hello', 'sh', '-c', serve);
  t.match(sandbox.ok('port', 'server'), `80/tcp -> 0.0.0.0:${hostPort}`);
  sandbox.ok('rm', '-f', '-t', '0', 'server');
});

t.test('the holder ends after the last container', async (t) => {
  t.equal(sandbox.holders().length, 1);
  sandbox.ok('rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
