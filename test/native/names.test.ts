/** The names of containers as the responder of bridge networks answers them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { ask } from './names-asking.ts';
import { NamesWorld } from './names-world.ts';

const world = await NamesWorld.make();
t.teardown(() => world.end());

const webId = '1'.repeat(64);
const noServer = 'nameserver 127.0.0.77\n';
world.addAddresses('10.89.0.1/24', '10.89.0.2/24', '10.89.0.3/24', '10.89.0.4/24', '10.89.1.1/24');
world.addAddresses('10.89.1.2/24', '10.89.2.1/24', '10.89.2.2/24', 'fd89::1/64', 'fd89::2/64');
world.network('a', [
  ...['bridge br-a', 'gateway 10.89.0.1', 'gateway fd89::1', 'subnet 10.89.0.0/24'],
  ...['subnet fd89::/64', 'internal no', 'dns yes', 'domain dns.podman'],
]);
world.network('b', [
  ...['bridge br-b', 'gateway 10.89.1.1', 'subnet 10.89.1.0/24', 'internal yes'],
  ...['dns yes', 'domain dns.podman'],
]);
world.names('a', 2, ['10.89.0.2 fd89::2', 'web', 'shared', 'my.app', '0123456789ab']);
world.names('a', 3, ['10.89.0.3 fd89::3', 'Db', 'shared', 'x'.repeat(63)]);
world.names('a', 4, ['10.89.0.4', 'ended', 'shared']);
world.names('b', 2, ['10.89.1.2', 'inside', 'web']);
await world.hold('a', 2, 3);
await world.hold('b', 2);
await world.startResponder();

writeFileSync(world.resolvConf, noServer);

t.test('addresses of a name', async (t) => {
  t.match(ask(world, 'web'), { status: 'NOERROR', answers: ['A 10.89.0.2'] });
  t.match(ask(world, 'web', 'AAAA'), { status: 'NOERROR', answers: ['AAAA fd89::2'] });
  t.match(ask(world, 'web', 'ANY', '+notcp').answers.sort(), ['A 10.89.0.2', 'AAAA fd89::2']);
  t.match(ask(world, '0123456789ab').answers, ['A 10.89.0.2'], 'by the short id');
  t.match(ask(world, 'dB.').answers, ['A 10.89.0.3'], 'letters are alike in both cases');
  t.match(ask(world, 'WEB.dns.PODMAN').answers, ['A 10.89.0.2'], 'below the domain');
  t.match(ask(world, 'my.app').answers, ['A 10.89.0.2'], 'with a dot');
  t.match(ask(world, 'my.app.dns.podman').answers, ['A 10.89.0.2']);
  t.match(ask(world, 'my\\.app').status, 'SERVFAIL', 'a dot within a label is another name');
  t.match(ask(world, 'x'.repeat(63)).answers, ['A 10.89.0.3'], 'the longest label');
  t.ok(ask(world, 'web').flags.includes('ra'));
  t.match(ask(world, 'web', 'A', '@fd89::1', '-b', 'fd89::2').answers, ['A 10.89.0.2']);
  t.match(ask(world, 'web', 'A', '+tcp').answers, ['A 10.89.0.2']);
  t.match(ask(world, 'web', 'A', '+tcp', '@fd89::1', '-b', 'fd89::2').answers, ['A 10.89.0.2']);
});

t.test('a known name without such a record', async (t) => {
  for (const type of ['MX', 'TXT', 'TYPE65', 'SRV']) {
    t.match(ask(world, 'web', type), { status: 'NOERROR', answers: [] }, type);
  }
  t.match(ask(world, 'inside', 'AAAA', '@10.89.1.1', '-b', '10.89.1.2'), {
    status: 'NOERROR',
    answers: [],
  });
});

t.test('names whose lease nobody holds are none', async (t) => {
  t.equal(ask(world, 'ended.dns.podman').status, 'NXDOMAIN');
  t.equal(ask(world, '4.0.89.10.in-addr.arpa', 'PTR').status, 'SERVFAIL', 'goes outside');
  t.equal(ask(world, 'web.dns.podman.').status, 'NOERROR');
  t.equal(ask(world, 'nobody.dns.podman').status, 'NXDOMAIN');
  t.equal(ask(world, 'dns.podman').status, 'NXDOMAIN');
});

t.test('several containers of a name take turns', async (t) => {
  const first = new Set<string | undefined>();
  for (let i = 0; i < 4; ++i) {
    const { answers } = ask(world, 'shared');
    t.match([...answers].sort(), ['A 10.89.0.2', 'A 10.89.0.3']);
    first.add(answers[0]);
  }
  t.equal(first.size, 2);
});

t.test('names of addresses', async (t) => {
  const ipv6 = `2.${'0.'.repeat(27)}9.8.d.f.ip6.arpa`;
  const names = ['web', 'shared', 'my.app', '0123456789ab'].map((name) => `PTR ${name}.`);
  t.match(ask(world, '2.0.89.10.in-addr.arpa', 'PTR').answers, names);
  t.match(ask(world, ipv6, 'PTR').answers, names);
  t.match(ask(world, '2.0.89.10.IN-ADDR.arpa', 'PTR').answers, names);
  for (const name of [
    '02.0.89.10.in-addr.arpa',
    '0.89.10.in-addr.arpa',
    '9.2.0.89.10.in-addr.arpa',
  ]) {
    t.equal(ask(world, name, 'PTR').status, 'SERVFAIL', name);
  }
});

t.test('an internal network learns nothing of the outside', async (t) => {
  const inside = ['@10.89.1.1', '-b', '10.89.1.2'];
  t.match(ask(world, 'web', 'A', ...inside).answers, ['A 10.89.1.2'], 'its own name');
  t.equal(ask(world, 'example.test', 'A', ...inside).status, 'NXDOMAIN');
  t.equal(ask(world, '1.2.0.192.in-addr.arpa', 'PTR', ...inside).status, 'NXDOMAIN');
});

t.test('another network is asked by its own containers only', async (t) => {
  t.equal(ask(world, 'inside', 'A', '@10.89.1.1').status, 'REFUSED');
  t.equal(ask(world, 'inside', 'A', '@10.89.1.1', '+tcp').status, 'REFUSED');
  t.equal(ask(world, 'inside').status, 'SERVFAIL');
  world.network('b', ['gateway 10.89.1.1', 'subnet 10.89.1.0/24', 'dns no', 'domain dns.podman']);
  t.equal(ask(world, 'inside', 'A', '@10.89.1.1', '-b', '10.89.1.2').status, 'REFUSED');
});

t.test('a container of two networks knows the names of either', async (t) => {
  const facts = ['subnet 10.89.2.0/24', 'internal yes', 'dns yes', 'domain dns.podman'];
  world.network('c', ['gateway 10.89.2.1', ...facts]);
  world.names('c', 2, ['10.89.2.2', `container ${webId}`, 'web', 'both']);
  world.names('a', 2, ['10.89.0.2 fd89::2', `container ${webId}`, 'web', 'both', 'shared']);
  await world.hold('c', 2);
  const other = ['@10.89.2.1', '-b', '10.89.2.2'];
  t.match(ask(world, 'db', 'A', ...other).answers, ['A 10.89.0.3'], 'of the other network');
  t.match(ask(world, 'both').answers.sort(), ['A 10.89.0.2', 'A 10.89.2.2']);
  t.match(ask(world, '3.0.89.10.in-addr.arpa', 'PTR', ...other).answers[0], 'PTR db.');
  t.equal(ask(world, 'example.test', 'A', ...other).status, 'SERVFAIL', 'a is not internal');
  t.equal(ask(world, 'db', 'A', '-b', '10.89.0.3').answers[0], 'A 10.89.0.3');
  t.equal(ask(world, 'both', 'A', '-b', '10.89.0.3').answers.length, 1, 'not on both networks');
  await world.release('c', 2);
  t.equal(ask(world, 'both').answers.length, 1, 'after the lease has gone');
});

t.test('files that come, change and go', async (t) => {
  t.equal(ask(world, 'late.dns.podman').status, 'NXDOMAIN');
  world.names('a', 9, ['10.89.0.9', 'late']);
  t.equal(ask(world, 'late.dns.podman').status, 'NXDOMAIN', 'without its lease');
  await world.hold('a', 9);
  t.match(ask(world, 'late').answers, ['A 10.89.0.9']);
  for (let round = 0; round < 20; ++round) {
    world.names('a', 9, ['10.89.0.9', `late-${round}`]);
    t.match(ask(world, `late-${round}`).answers, ['A 10.89.0.9'], 'at once');
    t.equal(ask(world, `late-${round - 1}.dns.podman`).status, 'NXDOMAIN');
  }
  world.removeNames('a', 9);
  t.equal(ask(world, 'late-19.dns.podman').status, 'NXDOMAIN');
  await world.release('a', 9);
  world.names('a', 9, ['not an address', '', 'one two three', 'late', '..', 'a..b']);
  t.equal(ask(world, 'late.dns.podman').status, 'NXDOMAIN', 'a file that makes no sense');
  world.removeNetwork('c');
  world.network('c', ['gateway 10.89.2.1', 'subnet 10.89.2.0/24', 'domain other.zone']);
  world.names('c', 2, ['10.89.2.2', 'fresh']);
  await world.hold('c', 2);
  const other = ['@10.89.2.1', '-b', '10.89.2.2'];
  t.match(ask(world, 'fresh.other.zone', 'A', ...other).answers, ['A 10.89.2.2'], 'made anew');
  t.equal(ask(world, 'nobody.other.zone', 'A', ...other).status, 'NXDOMAIN', 'its own domain');
});

t.test('a thousand containers', async (t) => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index + 1000);
  world.addAddresses('10.90.0.1/16', '10.90.3.232/16');
  world.network('d', ['gateway 10.90.0.1', 'subnet 10.90.0.0/16', 'domain dns.podman']);
  const addressOf = (number: number) => `10.90.${Math.floor(number / 256)}.${number % 256}`;
  for (const number of numbers) {
    world.names('d', number, [
      addressOf(number),
      `c${number}`,
      'all',
      `${number}`.padStart(12, '0'),
    ]);
  }
  await world.hold('d', ...numbers);
  const there = ['@10.90.0.1', '-b', '10.90.3.232'];
  t.match(ask(world, 'c1999', 'A', ...there).answers, [`A ${addressOf(1999)}`]);
  const whole = ask(world, 'all', 'A', '+tcp', ...there);
  t.equal(whole.answers.length, 1000, 'all by TCP');
  const cut = ask(world, 'all', 'A', '+ignore', '+noedns', ...there);
  t.ok(cut.flags.includes('tc'), 'a datagram tells that it is cut off');
  t.ok(cut.answers.length > 20 && cut.answers.length < 31, `${cut.answers.length} in 512 bytes`);
  const more = ask(world, 'all', 'A', '+ignore', '+bufsize=4096', ...there);
  t.ok(more.answers.length > 240 && more.flags.includes('tc'), `${more.answers.length} in 4096`);
  t.equal(ask(world, 'all', 'A', ...there).answers.length, 1000, 'dig asks again by TCP');
});

t.test('queries that make no sense', async (t) => {
  t.equal(ask(world, 'web', 'A', '+opcode=4').status, 'NOTIMP');
  t.equal(ask(world, 'web', 'A', '+edns=1', '+noednsneg').status, 'BADVERS');
  t.equal(ask(world, 'version.bind', 'TXT', '-c', 'CH').status, 'REFUSED');
  t.match(ask(world, 'web', 'AXFR', '+tcp').text, /Transfer failed/);
  t.match(ask(world, 'web', 'A', '+header-only').status, 'FORMERR');
  t.match(ask(world, 'web', 'A', '+qr', '+dnssec').answers, ['A 10.89.0.2']);
});

t.test('when all times are over, the responder rests', async (t) => {
  // Ticks of the processor that it has had (proc(5)).
  const used = (): number => {
    const stat = readFileSync(`/proc/${world.responder}/stat`, 'utf8');
    const [user = '', system = ''] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return Number(user) + Number(system);
  };
  // Longer than any query is tried: the timer is over then.
  ask(world, 'example.com');
  await pause(6000);
  const before = used();
  await pause(1000);
  t.ok(used() - before < 3, `${used() - before} ticks`);
});
