/** What networks refuse: podman's words and exit status, one line, and nothing that is left. */
import t, { type Test } from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const ok = (...args: string[]): string => sandbox.ok(...args);
const networks = (): string => ok('network', 'ls', '-q');

function refused(t: Test, code: number, message: RegExp | string, ...args: string[]): void {
  const before = networks();
  const result = sandbox.run(args);
  t.equal(result.code, code, args.join(' '));
  t.match(result.stderr, /^Error: [^\n]+\n$/, 'one line');
  t.match(result.stderr, message);
  t.equal(networks(), before);
}

t.test('networks that cannot be', async (t) => {
  ok('network', 'create', '--subnet', '10.125.10.0/24', 'one');
  const create = (message: RegExp | string, ...words: string[]): void =>
    refused(t, 125, message, 'network', 'create', ...words);
  const used = 'is already used on the host or by another config';
  create(`subnet 10.125.10.0/25 ${used}`, '--subnet', '10.125.10.0/25', 'two');
  create(`subnet 10.125.0.0/16 ${used}`, '--subnet', '10.125.0.0/16', 'two');
  create(
    'gateway 10.125.12.1 not in subnet 10.125.11.0/24',
    ...['--subnet', '10.125.11.0/24'],
    ...['--gateway', '10.125.12.1', 'two'],
  );
  for (const name of ['a/b', 'a b', '../x', '.', '-', 'a\nb']) {
    create(/network name .* invalid: names must match/s, '--', name);
  }
  create('network name one already used: network already exists', 'one');
  create(/invalid CIDR address|invalid subnet/, '--subnet', '10.125.300.0/24', 'two');
  create(/invalid CIDR address|prefix/, '--subnet', '10.125.13.0/33', 'two');
  create(
    /not in subnet|outside/,
    ...['--subnet', '10.125.14.0/24'],
    ...['--ip-range', '10.125.15.0/25', 'two'],
  );
  create(
    'lease range start ip 10.125.16.9 comes after its end 10.125.16.5',
    ...['--subnet', '10.125.16.0/24'],
    ...['--ip-range', '10.125.16.9-10.125.16.5', 'two'],
  );
  for (const label of ['', '=b']) {
    create(`failed to parse labels: invalid label format: "${label}"`, '--label', label, 'two');
  }
});

t.test('subnets of two addresses, of one, and full ones', async (t) => {
  ok('network', 'create', '--subnet', '10.125.20.0/31', 'pair');
  ok('network', 'create', '--subnet', '10.125.21.0/32', 'single');
  ok('network', 'create', '--subnet', '10.125.22.0/30', 'small');
  const run = (network: string) => ['run', '-d', '--network', network, 'hello', 'sleep', '1000'];
  const first = ok(...run('small')).trim();
  for (const network of ['small', 'single']) {
    refused(t, 126, 'IPAM error: ', 'run', '--rm', '--network', network, 'hello', 'true');
    t.equal(ok('ps', '-aq', '--no-trunc').trim(), first, 'no container either');
  }
  ok('rm', '-f', '-t', '0', first);
  t.equal(sandbox.run(run('small')).code, 0, 'its address is free again');
  ok('rm', '-f', '-t', '0', '--all');
});

t.test('addresses that cannot be had', async (t) => {
  const run = (network: string, ...words: string[]) => [
    'run',
    '--rm',
    '--network',
    network,
    ...words,
    'hello',
    'true',
  ];
  refused(t, 125, 'invalid MAC address', ...run('one', '--mac-address', '02:00:00:00:00'));
  refused(t, 125, '"10.125.10" is not an ip address', ...run('one', '--ip', '10.125.10'));
  refused(
    t,
    126,
    'requested static ip 10.125.11.9 not in any subnet on network one',
    ...run('one', '--ip', '10.125.11.9'),
  );
  ok(
    'run',
    '-d',
    '--name',
    'holder',
    '--network',
    'one',
    '--ip',
    '10.125.10.9',
    'hello',
    'sleep',
    '1000',
  );
  refused(
    t,
    126,
    'requested ip address 10.125.10.9 is already allocated',
    ...run('one', '--ip', '10.125.10.9'),
  );
  refused(t, 125, 'unable to find network with name or ID nope: network not found', ...run('nope'));
  t.equal(ok('ps', '-a', '--format', '{{.Names}}'), 'holder\n');
});

t.test('networks in use, and containers that have none', async (t) => {
  refused(t, 2, /"one" has associated containers with it/, 'network', 'rm', 'one');
  refused(
    t,
    1,
    'unable to find network with name or ID nope: network not found',
    'network',
    'rm',
    'nope',
  );
  ok('create', '--name', 'host', '--network', 'host', 'hello');
  refused(
    t,
    125,
    /"host" is not supported: invalid network mode/,
    'network',
    'connect',
    'one',
    'host',
  );
  refused(
    t,
    125,
    'no container with name or ID "nobody" found: no such container',
    'network',
    'connect',
    'one',
    'nobody',
  );
  ok('create', '--name', 'stopped', '--network', 'one', 'hello');
  ok('network', 'create', '--subnet', '10.125.30.0/24', 'other');
  ok('network', 'connect', 'other', 'stopped');
  ok('network', 'connect', 'other', 'stopped');
  refused(t, 125, /already connected/, 'network', 'connect', 'one', 'holder');
  ok('network', 'disconnect', 'other', 'stopped');
  refused(
    t,
    125,
    'container stopped is not connected to network other',
    ...['network', 'disconnect', 'other', 'stopped'],
  );
  ok('network', 'rm', '--force', 'one');
  t.equal(ok('ps', '-aq', '--filter', 'name=holder'), '', 'with its containers');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
