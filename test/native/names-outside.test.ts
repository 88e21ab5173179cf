/** Names of the outside: what the responder asks of servers, and what becomes of their answers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectDir } from '../support/product.ts';
import { asking, digWords, readDig } from './names-asking.ts';
import { NamesWorld } from './names-world.ts';

const world = await NamesWorld.make();
t.teardown(() => world.end());

const odd = join(projectDir, 'dist', 'js', 'test', 'native', 'odd-name-server.js');
const useResolvers = (...addresses: string[]) =>
  writeFileSync(world.resolvConf, addresses.map((one) => `nameserver ${one}\n`).join(''));

world.addAddresses('10.89.0.1/24', '10.89.0.2/24', '10.89.0.3/24', '10.89.0.4/24');
const facts = ['gateway 10.89.0.1', 'subnet 10.89.0.0/24', 'domain dns.podman'];
world.network('a', facts);
world.names('a', 2, ['10.89.0.2', 'web']);
world.names('a', 3, ['10.89.0.3', 'own', 'server 127.0.0.54']);
await world.hold('a', 2, 3);
const asked = await world.onHost(process.execPath, odd, '127.0.0.54');
const second = await world.onHost(process.execPath, odd, '127.0.0.55');
const listens = 'until dig @127.0.0.53 real.test | grep -q NOERROR; do sleep 0.1; done';
// A real one where systemd-resolved listens on other machines.
await world.onHost(
  ...['sh', '-c', `(${listens}; echo ready) & exec dnsmasq "$@"`, 'sh'],
  ...['--no-daemon', '--no-resolv', '--no-hosts', '--listen-address=127.0.0.53'],
  ...['--bind-interfaces', '--user=', '--pid-file=', '--log-facility=/dev/null'],
  ...['--address=/real.test/192.0.2.1', '--address=/real.test/2001:db8::1', '--local=/test/'],
  ...['--txt-record=text.real.test,hello world', '--mx-host=real.test,mail.real.test,10'],
  ...['--ptr-record=1.2.0.192.in-addr.arpa,real.test', '--cname=alias.test,real.test'],
  ...Array.from({ length: 60 }, (_, index) => `--host-record=many.test,192.0.2.${index + 1}`),
);
useResolvers('127.0.0.53');
await world.startResponder();

t.test('all types of records come from a real server of the host', async (t) => {
  t.match(await asking(world, 'real.test'), { status: 'NOERROR', answers: ['A 192.0.2.1'] });
  t.match((await asking(world, 'real.test', 'AAAA')).answers, ['AAAA 2001:db8::1']);
  t.match((await asking(world, 'real.test', 'MX')).answers, ['MX 10 mail.real.test.']);
  t.match((await asking(world, 'text.real.test', 'TXT')).answers, ['TXT "hello world"']);
  t.match((await asking(world, '1.2.0.192.in-addr.arpa', 'PTR')).answers, ['PTR real.test.']);
  t.equal((await asking(world, 'nope.test')).status, 'NXDOMAIN');
  t.equal((await asking(world, 'unqualified')).status, 'REFUSED', 'the server says so');
  t.match(
    (await asking(world, 'web')).answers,
    ['A 10.89.0.2'],
    'containers are not asked for outside',
  );
  t.match((await asking(world, 'real.test', 'A', '+tcp')).answers, ['A 192.0.2.1'], 'by TCP');
  t.match((await asking(world, 'rEaL.tEsT')).answers, ['A 192.0.2.1'], 'as the client spells it');
});

t.test('what does not fit into a datagram', async (t) => {
  const plain = ['+noedns', '+ignore'];
  t.ok(
    (await asking(world, 'many.test', 'A', ...plain)).flags.includes('tc'),
    '512 bytes are too few',
  );
  t.equal((await asking(world, 'many.test', 'A', '+noedns')).answers.length, 60, 'TCP after that');
  const roomy = await asking(world, 'many.test', 'A', '+bufsize=4096', '+ignore');
  t.notOk(roomy.flags.includes('tc'));
  t.equal(roomy.answers.length, 60);
  useResolvers('127.0.0.54');
  t.equal(
    (await asking(world, 'big.test', 'A', '+bufsize=4096', '+ignore')).answers.length,
    200,
    'by a stream',
  );
  t.ok((await asking(world, 'big.test', 'A', '+bufsize=1232', '+ignore')).flags.includes('tc'));
  t.equal((await asking(world, 'big.test', 'A', '+tcp')).answers.length, 200);
  t.equal((await asking(world, 'bigdead.test', 'A', '+tcp')).status, 'SERVFAIL');
  t.ok(
    (await asking(world, 'bigdead.test', 'A', '+ignore')).flags.includes('tc'),
    'better than nothing',
  );
});

t.test('an answer must be the one that was waited for', async (t) => {
  useResolvers('127.0.0.54');
  asked.length = 0;
  t.match(await asking(world, 'forged.test'), { status: 'NOERROR', answers: ['A 192.0.2.7'] });
  for (let i = 0; i < 16; ++i) await asking(world, 'fresh.test');
  const fresh = asked.filter((line) => line.startsWith('fresh.test'));
  t.equal(fresh.length, 16);
  const column = (index: number) => new Set(fresh.map((line) => line.split(' ')[index]));
  t.ok(column(1).size >= 15, 'every query has a port of its own');
  t.ok(column(2).size >= 15, 'and an id');
});

t.test('resolv.conf as it is at the time of asking', async (t) => {
  useResolvers('127.0.0.54');
  t.match((await asking(world, 'real.test')).answers, ['A 192.0.2.7']);
  useResolvers('127.0.0.53');
  t.match((await asking(world, 'real.test')).answers, ['A 192.0.2.1'], 'another network');
  writeFileSync(
    world.resolvConf,
    '# none\nsearch test\nnameserver rubbish\n\tnameserver\t127.0.0.54 # odd\n',
  );
  t.match((await asking(world, 'real.test')).answers, ['A 192.0.2.7'], 'with comments and rubbish');
  useResolvers('fe80::1%lo', '127.0.0.53');
  t.match(
    (await asking(world, 'real.test')).answers,
    ['A 192.0.2.1'],
    'the first cannot be reached',
  );
  writeFileSync(world.resolvConf, '');
  t.equal((await asking(world, 'real.test')).status, 'SERVFAIL', 'nobody at 127.0.0.1');
});

t.test('servers of a network and of a container go before those of the host', async (t) => {
  useResolvers('127.0.0.53');
  world.network('a', [...facts, 'server 127.0.0.55']);
  second.length = 0;
  t.match((await asking(world, 'real.test')).answers, ['A 192.0.2.7'], 'of the network');
  t.equal(second.length, 1);
  asked.length = 0;
  t.match((await asking(world, 'real.test', 'A', '-b', '10.89.0.3')).answers, ['A 192.0.2.7']);
  t.equal(asked.length, 1, 'of the container');
  t.equal(second.length, 1);
  t.match(
    (await asking(world, 'real.test', 'A', '-b', '10.89.0.4')).answers,
    ['A 192.0.2.7'],
    'of one unknown',
  );
  t.equal(second.length, 2);
  world.network('a', facts);
});

t.test('several servers', async (t) => {
  useResolvers('127.0.0.77', '127.0.0.54');
  t.match((await asking(world, 'real.test')).answers, ['A 192.0.2.7'], 'nobody is at the first');
  for (const failing of ['servfail', 'refused', 'formerr']) {
    useResolvers('127.0.0.54', '127.0.0.53');
    asked.length = 0;
    const { status } = await asking(world, `${failing}.test`);
    t.equal(status, 'NXDOMAIN', `${failing}: the second knows`);
    t.equal(asked.length, 1);
    useResolvers('127.0.0.54');
    const alone = { servfail: 'SERVFAIL', refused: 'REFUSED', formerr: 'FORMERR' }[failing] ?? '';
    t.equal((await asking(world, `${failing}.test`)).status, alone, 'nobody knows better');
  }
  useResolvers('127.0.0.54', '127.0.0.53');
  t.equal((await asking(world, 'nope.test')).status, 'NXDOMAIN', 'is an answer');
  asked.length = 0;
  const silent = await asking(world, 'silent.real.test');
  t.match(silent.answers, ['A 192.0.2.1'], 'after waiting for the first');
  t.equal(asked.filter((line) => line.startsWith('silent')).length, 1);
  asked.length = 0;
  t.match(
    (await asking(world, 'real.test')).answers,
    ['A 192.0.2.1'],
    'the silent one is spared for a while',
  );
  t.equal(asked.length, 0);
});

t.test('no answer at all is a failure, in the time that a client waits', async (t) => {
  useResolvers('127.0.0.55');
  second.length = 0;
  const answer = await asking(world, 'silent.test', 'A', '+time=5');
  t.equal(answer.status, 'SERVFAIL');
  t.equal(second.length, 2, 'asked twice');
  t.equal(
    new Set(second.map((line) => line.split(' ')[1])).size,
    1,
    'the late answer to the first counts',
  );
  t.match((await asking(world, 'web')).answers, ['A 10.89.0.2']);
});

t.test('many at once', async (t) => {
  useResolvers('127.0.0.53');
  const each = Array.from({ length: 60 }, async (_, index) =>
    readDig(await world.runBeside(...digWords('real.test', 'A', index % 2 === 0 ? ['+tcp'] : []))),
  );
  const answers = await Promise.all(each);
  t.equal(answers.filter(({ answers: [first] }) => first === 'A 192.0.2.1').length, 60);
});
