/** Names of containers with an egress policy: what answers open, for how long, and what is refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asking } from './names-asking.ts';
import { NamesWorld } from './names-world.ts';

requirePrograms('nft');
const world = await NamesWorld.make();
t.teardown(() => world.end());

const odd = join(projectDir, 'dist', 'js', 'test', 'native', 'odd-name-server.js');
writeFileSync(world.resolvConf, 'nameserver 127.0.0.53\n');
world.addAddresses('10.89.0.1/24', '10.89.0.2/24', '10.89.0.3/24', '10.89.0.4/24');
world.arrange(world.host, 'ip address add 9.9.9.9/32 dev lo');
world.network('a', ['gateway 10.89.0.1', 'subnet 10.89.0.0/24', 'domain dns.podman']);
world.names('a', 2, [
  ...['10.89.0.2', 'web', `container ${'2'.repeat(64)}`, 'policy 4711'],
  ...['egress open.test,-,tcp,443', 'egress open.test,-,udp,443', 'egress chain.test,-,-,-'],
  ...['egress many.test,-,tcp,80', 'egress *.wild.test,-,tcp,1', 'egress mixed.test,-,tcp,1'],
  ...[
    'egress inner.test,10.1.0.0/16,tcp,22',
    'egress own.test,-,tcp,1',
    'egress side.test,-,tcp,1',
  ],
  ...['egress long.test,-,tcp,1', 'egress loop.test,-,tcp,1', 'egress private.test,-,tcp,1'],
]);
world.names('a', 3, ['10.89.0.3', 'free', `container ${'3'.repeat(64)}`]);
world.names('a', 4, ['10.89.0.4', 'shut', `container ${'4'.repeat(64)}`, 'policy 4712']);
await world.hold('a', 2, 3, 4);
const listens = 'until dig @127.0.0.53 open.test | grep -q NOERROR; do sleep 0.1; done';
await world.onHost(
  ...['sh', '-c', `(${listens}; echo ready) & exec dnsmasq "$@"`, 'sh'],
  ...['--no-daemon', '--no-resolv', '--no-hosts', '--listen-address=127.0.0.53', '--local=/test/'],
  ...['--bind-interfaces', '--user=', '--pid-file=', '--log-facility=/dev/null'],
  ...['--host-record=open.test,5.5.5.1,2a00::5,4', '--host-record=end.test,5.5.5.2,9'],
  ...['--cname=middle.test,end.test,7', '--cname=chain.test,middle.test,5'],
  ...Array.from({ length: 60 }, (_, index) => `--host-record=many.test,5.5.6.${index + 1}`),
  ...['--host-record=a.wild.test,5.5.7.1', '--host-record=wild.test,5.5.7.2'],
  ...['--host-record=mixed.test,5.5.8.1', '--host-record=mixed.test,192.168.1.1'],
  ...['--host-record=private.test,127.0.0.1', '--host-record=private.test,169.254.169.254'],
  ...['--host-record=private.test,::1,fd00::1', '--host-record=own.test,9.9.9.9'],
  ...['--host-record=inner.test,10.1.2.3', '--host-record=inner.test,10.2.2.3'],
  ...['--host-record=long.test,5.5.9.1,90000', '--host-record=listed.test,5.5.5.7'],
);
const refused = await world.startHolding();

/** The elements of a set, without how long they last. */
const elements = (set: string): string[] =>
  [...world.run('nft', 'list', 'set', 'inet', 'bryo', set).matchAll(/0x\w+ \. ([^,}]+?) timeout/g)]
    .map(([, text = '']) => text)
    .sort();
const lasting = (set: string, address: string): string =>
  new RegExp(`${address.replaceAll('.', '[.]')}.*? expires (\\w+)`).exec(
    world.run('nft', 'list', 'set', 'inet', 'bryo', set),
  )?.[1] ?? '';

t.test('an address is open once the answer is there, for its time to live', async (t) => {
  t.same(elements('tcp_hosts4'), []);
  t.same((await asking(world, 'open.test')).answers, ['A 5.5.5.1']);
  t.same(elements('tcp_hosts4'), ['5.5.5.1 . 443']);
  t.same(elements('udp_hosts4'), ['5.5.5.1 . 443']);
  await asking(world, 'open.test', 'AAAA');
  t.same(elements('tcp_hosts6'), ['2a00::5 . 443']);
  await eventually('they are gone', () => elements('tcp_hosts4').length === 0);
  await asking(world, 'open.test');
  t.same(elements('tcp_hosts4'), ['5.5.5.1 . 443'], 'and open anew');
});

t.test('by way of other names, for the shortest of their times', async (t) => {
  t.match((await asking(world, 'chain.test')).answers, [
    'CNAME middle.test.',
    'CNAME end.test.',
    'A 5.5.5.2',
  ]);
  t.same(elements('hosts4'), ['5.5.5.2']);
  t.match(lasting('hosts4', '5.5.5.2'), /^(\d|10)s/);
});

t.test('many addresses, names below a domain, and times that are too long', async (t) => {
  t.equal((await asking(world, 'many.test')).answers.length, 60);
  t.equal(elements('tcp_hosts4').filter((text) => text.startsWith('5.5.6.')).length, 60);
  await asking(world, 'a.wild.test');
  t.ok(elements('tcp_hosts4').includes('5.5.7.1 . 1'));
  t.equal((await asking(world, 'wild.test')).status, 'NXDOMAIN');
  t.match((await asking(world, 'long.test')).text, /long\.test\.\s+3600\s/);
});

t.test('private addresses and the host’s own are not opened', async (t) => {
  await asking(world, 'mixed.test');
  const open = elements('tcp_hosts4');
  t.ok(open.includes('5.5.8.1 . 1'));
  t.notOk(open.some((text) => text.startsWith('192.168.')));
  for (const type of ['A', 'AAAA']) await asking(world, 'private.test', type);
  await asking(world, 'own.test');
  t.notOk(elements('tcp_hosts4').some((text) => /^(127|169|9)\./.test(text)));
  t.same(
    elements('tcp_hosts6').filter((text) => text !== '2a00::5 . 443'),
    [],
  );
  await eventually('it is told', () =>
    refused.some((line) => line.includes('own.test: 9.9.9.9 is a private')),
  );
  await asking(world, 'inner.test');
  t.ok(elements('tcp_hosts4').includes('10.1.2.3 . 22'), 'where the policy has them they are');
  t.notOk(elements('tcp_hosts4').includes('10.2.2.3 . 22'));
});

t.test('names that are not listed do not exist for it', async (t) => {
  t.equal((await asking(world, 'listed.test')).status, 'NXDOMAIN');
  t.equal((await asking(world, '1.5.5.5.in-addr.arpa', 'PTR')).status, 'NXDOMAIN');
  t.equal(
    (await asking(world, 'data.open.test', 'TXT')).status,
    'NXDOMAIN',
    'no way to tell anybody',
  );
  await eventually('it is told', () => refused.includes('refused 4711 name listed.test'));
  t.match((await asking(world, 'free')).answers, ['A 10.89.0.3'], 'neighbours do');
  const shut = ['-b', '10.89.0.4'];
  t.equal((await asking(world, 'open.test', 'A', ...shut)).status, 'NXDOMAIN');
  const free = ['-b', '10.89.0.3'];
  t.match(
    (await asking(world, 'listed.test', 'A', ...free)).answers,
    ['A 5.5.5.7'],
    'for others they do',
  );
  t.notOk(elements('tcp_hosts4').some((text) => text.startsWith('5.5.5.7')));
});

t.test('a network without names resolves for those that have a policy', async (t) => {
  world.network('a', ['gateway 10.89.0.1', 'subnet 10.89.0.0/24', 'dns no']);
  t.match((await asking(world, 'open.test')).answers, ['A 5.5.5.1']);
  t.equal((await asking(world, 'free')).status, 'NXDOMAIN');
  const free = ['-b', '10.89.0.3'];
  t.equal((await asking(world, 'open.test', 'A', ...free)).status, 'REFUSED');
  world.network('a', ['gateway 10.89.0.1', 'subnet 10.89.0.0/24', 'domain dns.podman']);
});

t.test('answers that are wrong open nothing else', async (t) => {
  await world.onHost(process.execPath, odd, '127.0.0.54');
  writeFileSync(world.resolvConf, 'nameserver 127.0.0.54\n');
  t.match((await asking(world, 'side.test')).text, '6.6.6.6', 'it speaks of another name');
  t.notOk(elements('tcp_hosts4').some((text) => text.startsWith('6.')));
  t.equal((await asking(world, 'loop.test')).status, 'NOERROR');
  t.equal((await asking(world, 'side.test')).status, 'NOERROR', 'and goes on');
});
