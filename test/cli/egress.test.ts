/** What a container with an egress policy reaches, and how it is told of what it does not. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');

const sandbox = new Sandbox();
const outside =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';

async function serve(): Promise<number> {
  const server = createServer((socket) => socket.end('outside\n'));
  server.listen(0, outside);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

const [first, second] = [await serve(), await serve()];
const asks = (port: number, host = outside) => ['nc', '-w', '30', host, String(port)];
const answer = async (...argv: string[]): Promise<string> => (await sandbox.runBeside(argv)).stdout;
const run = (...words: string[]): string[] => ['run', '--rm', ...words];

/** The refusals of a container that events tell of. */
const refused = (name: string): string[] => {
  const filters = ['--filter', `container=${name}`, '--filter', 'event=egress-refused'];
  const words = ['events', '--stream=false', '--since', '0', ...filters, '--format'];
  return sandbox
    .ok(...words, '{{.Refused}}')
    .trim()
    .split('\n');
};

t.test('only what is listed is reached, by the port or by all of them', async (t) => {
  const egress = ['--egress', `${outside}:${first}`];
  const open = await answer(...run('--network', 'bridge', 'hello', ...asks(second)));
  t.equal(open, 'outside\n', 'without a policy');
  t.equal(await answer(...run(...egress, 'hello', ...asks(first))), 'outside\n');
  t.equal(await answer(...run(...egress, '--name', 'narrow', 'hello', ...asks(second))), '');
  t.equal(await answer(...run('--egress', outside, 'hello', ...asks(second))), 'outside\n');
  t.equal(await answer(...run('--egress', 'none', 'hello', ...asks(first))), '');
  const hardened = ['--hardened', ...egress, 'hello'];
  t.equal(await answer(...run(...hardened, ...asks(first))), 'outside\n', 'with --hardened');
  t.equal(await answer(...run(...hardened, ...asks(second))), '');
  await eventually('events tell of it', () =>
    refused('narrow').includes(`tcp ${outside}:${second}`),
  );
  const text = sandbox.ok(
    'events',
    '--stream=false',
    '--since',
    '0',
    '--filter',
    'container=narrow',
  );
  t.match(text, `(image=localhost/hello:latest, name=narrow, refused=tcp ${outside}:${second},`);
});

t.test('a policy is kept, shown, and holds after restarts and on further networks', async (t) => {
  sandbox.ok('network', 'create', '--subnet', '10.126.1.0/24', 'more');
  const egress = ['--egress', `${outside}:${first},api.example.com:443`];
  sandbox.ok('run', '-d', '--name', 'kept', ...egress, 'hello', 'sleep', '1000');
  const format = ['inspect', '-f', '{{json .HostConfig.Egress}}', 'kept'];
  const rules = [`${outside}/32:${first}`, 'api.example.com:443'];
  t.same(JSON.parse(sandbox.ok(...format)), rules);
  const holds = async (name: string): Promise<void> => {
    t.equal(await answer('exec', 'kept', ...asks(first)), 'outside\n', name);
    t.equal(await answer('exec', 'kept', ...asks(second)), '', name);
  };
  await holds('at first');
  sandbox.ok('restart', '-t', '0', 'kept');
  await holds('after a restart');
  sandbox.ok('network', 'connect', 'more', 'kept');
  sandbox.ok('network', 'disconnect', 'podman', 'kept');
  await holds('on another network');
  sandbox.ok('rm', '-f', '-t', '0', 'kept');
  sandbox.ok('network', 'rm', 'more');
});

t.test('the policy of a network holds for all its containers', async (t) => {
  const policy = ['--egress', `${outside}:${first}`];
  sandbox.ok('network', 'create', '--subnet', '10.126.2.0/24', ...policy, 'held');
  const on = ['--network', 'held'];
  t.equal(await answer(...run(...on, 'hello', ...asks(first))), 'outside\n');
  t.equal(await answer(...run(...on, 'hello', ...asks(second))), '');
  const both = [...on, '--egress', outside, 'hello'];
  t.equal(await answer(...run(...both, ...asks(first))), 'outside\n', 'both allow it');
  t.equal(await answer(...run(...both, ...asks(second))), '', 'the network does not');
  const [{ options = {} } = {}] = JSON.parse(sandbox.ok('network', 'inspect', 'held'));
  t.same(options, { 'bryo.egress': `${outside}/32:${first}` });
  sandbox.ok('network', 'rm', 'held');
});

t.test('pods, neighbours, and names of the hosts file', async (t) => {
  sandbox.ok('network', 'create', '--subnet', '10.126.3.0/24', 'group');
  const pod = ['--network', 'group', '--egress', `${outside}:${first}`];
  sandbox.ok('pod', 'create', '--name', 'pod', ...pod);
  sandbox.ok('run', '-d', '--pod', 'pod', '--name', 'member', 'hello', 'sleep', '1000');
  t.equal(await answer('exec', 'member', ...asks(first)), 'outside\n');
  t.equal(await answer('exec', 'member', ...asks(second)), '');
  const late = sandbox.run(['run', '--rm', '--pod', 'pod', '--egress', 'none', 'hello']);
  t.match(late.stderr, /--egress cannot be used with --pod/);
  t.not(late.code, 0);
  const on = ['--network', 'group', '--cap-add', 'NET_RAW', '--egress', 'none', 'hello'];
  t.match(sandbox.ok(...run(...on, 'ping', '-c1', '-W5', 'pod')), '1 packets received');
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'pod');
  const named = ['--add-host', `server.test:${outside}`, '--egress', `server.test:${first}`];
  t.equal(await answer(...run(...named, 'hello', ...asks(first, 'server.test'))), 'outside\n');
  t.equal(await answer(...run(...named, 'hello', ...asks(second, 'server.test'))), '');
  const host = ['--egress', `host.containers.internal:${first}`, 'hello'];
  t.equal(await answer(...run(...host, ...asks(first, 'host.containers.internal'))), 'outside\n');
  sandbox.ok('network', 'rm', 'group');
});

t.test('a network that cannot hold a policy is refused', async (t) => {
  for (const network of [
    'host',
    'slirp4netns',
    'pasta',
    'container:other',
    'ns:/proc/self/ns/net',
  ]) {
    const { code, stderr } = sandbox.run([
      'create',
      '--network',
      network,
      '--egress',
      'none',
      'hello',
    ]);
    t.equal(code, 125, network);
    t.match(stderr, `--egress cannot be held by --network ${network.split(':')[0]}`);
  }
  sandbox.ok('network', 'create', '--ipam-driver', 'none', 'bare');
  const bare = sandbox.run(['create', '--network', 'bare', '--egress', 'none', 'hello']);
  t.match(bare.stderr, '--egress: network bare cannot hold it: it gives no addresses');
  t.match(sandbox.run(['create', '--egress', 'a b', 'hello']).stderr, /invalid --egress "a b"/);
  sandbox.ok(...run('--network', 'none', '--egress', 'none', 'hello', 'true'));
  sandbox.ok('network', 'rm', 'bare');
});

t.test('a network gets other rules, which hold for who is started from then on', async (t) => {
  sandbox.ok('network', 'create', '--subnet', '10.94.7.0/24', 'changed');
  const on = ['--network', 'changed'];
  sandbox.ok('run', '-d', '--name', 'before', ...on, 'hello', 'sleep', '1000');
  const { code, stderr } = sandbox.run(['network', 'update', '--egress', 'none', 'changed']);
  t.equal(code, 0);
  t.match(stderr, /containers that run keep their egress policy until they are stopped: before/);
  t.equal(await answer('exec', 'before', ...asks(first)), 'outside\n');
  t.equal(await answer(...run(...on, 'hello', ...asks(first))), '');
  sandbox.ok('restart', '-t', '0', 'before');
  t.equal(await answer('exec', 'before', ...asks(first)), '');
  sandbox.ok('rm', '-f', '-t', '0', 'before');
  sandbox.ok('network', 'update', '--egress', '', 'changed');
  t.equal(await answer(...run(...on, 'hello', ...asks(first))), 'outside\n');
  sandbox.ok('network', 'create', '-d', 'macvlan', '--subnet', '10.94.8.0/24', 'unseen');
  t.match(sandbox.run(['network', 'update', '--egress', 'none', 'unseen']), {
    code: 125,
    stderr: /network unseen cannot hold it: its driver is macvlan/,
  });
  sandbox.ok('network', 'rm', 'changed', 'unseen');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
