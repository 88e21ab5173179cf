// Neighbours on bridges: forged addresses, other bridges, the namespaces of the bridges.
import { readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const root = ['--cap-add', 'NET_ADMIN,NET_RAW,SYS_ADMIN', '--security-opt', 'seccomp=unconfined'];
const addressOf = (name: string): string =>
  sandbox
    .ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name)
    .trim();
const does = (name: string, script: string) => sandbox.run(['exec', name, 'sh', '-c', script]);

sandbox.ok('network', 'create', '--subnet', '10.124.1.0/24', 'ours');
sandbox.ok('network', 'create', '--subnet', '10.124.2.0/24', 'theirs');
for (const [name, network] of [
  ['victim', 'ours'],
  ['bad', 'ours'],
  ['other', 'theirs'],
] as const) {
  sandbox.ok('run', '-d', '--name', name, '--network', network, ...root, 'hello', 'sleep', '1000');
}
const victim = addressOf('victim');
const other = addressOf('other');
const ping = (to: string, ...flags: string[]): string => `ping -c1 -W2 ${flags.join(' ')} ${to}`;

t.test('twin: with its own addresses a container is answered', async (t) => {
  t.equal(does('bad', ping(victim)).code, 0);
  t.equal(does('bad', ping('10.124.1.1')).code, 0);
  t.equal(does('other', ping('10.124.2.1')).code, 0);
});

t.test('an address of IPv4 that is not its own does not pass', async (t) => {
  const forged = '10.124.1.200';
  const { code } = does(
    'bad',
    `ip addr add ${forged}/24 dev eth0 && ${ping(victim, '-I', forged)}`,
  );
  t.equal(code, 1);
  t.equal(does('victim', 'cat /proc/net/arp').stdout.includes(forged), false, 'nor by ARP');
  t.equal(does('bad', `ip addr del ${forged}/24 dev eth0; ${ping(victim)}`).code, 0);
});

t.test('nobody takes the address of the gateway, or of a neighbour', async (t) => {
  const mac = does('bad', 'cat /sys/class/net/eth0/address').stdout.trim();
  for (const stolen of ['10.124.1.1', other]) {
    does('bad', `ip addr add ${stolen}/32 dev eth0; arping -c2 -U -I eth0 -s ${stolen} ${victim}`);
    t.equal(does('victim', ping('10.124.1.1')).code, 0, 'the gateway answers');
    const known = does('victim', 'cat /proc/net/arp').stdout.split('\n');
    const line = known.find((text) => text.startsWith(`${stolen} `)) ?? '';
    t.equal(line.includes(mac), false, stolen);
    does('bad', `ip addr del ${stolen}/32 dev eth0`);
  }
});

t.test('a MAC address that is not its own does not pass', async (t) => {
  const own = does('bad', 'cat /sys/class/net/eth0/address').stdout.trim();
  does('bad', 'ip link set eth0 address 02:99:99:99:99:99');
  t.equal(does('bad', ping(victim)).code, 1);
  does('bad', `ip link set eth0 address ${own}`);
  t.equal(does('bad', ping(victim)).code, 0);
});

t.test(
  'nothing is let through that was let through for an earlier port of the same name',
  async (t) => {
    const named = (name: string, ip: string): void => {
      const network = `ours:host_interface_name=web0,ip=${ip}`;
      sandbox.ok(
        'run',
        '-d',
        '--name',
        name,
        '--network',
        network,
        ...root,
        'hello',
        'sleep',
        '1000',
      );
    };
    named('earlier', '10.124.1.50');
    const mac = does('earlier', 'cat /sys/class/net/eth0/address').stdout.trim();
    t.equal(does('earlier', ping(victim)).code, 0);
    sandbox.ok('rm', '-f', '-t', '0', 'earlier');
    named('later', '10.124.1.51');
    t.equal(does('later', ping(victim)).code, 0);
    const forge = `ip link set eth0 address ${mac} && ip addr add 10.124.1.50/24 dev eth0`;
    t.equal(does('later', `${forge} && ${ping(victim, '-I', '10.124.1.50')}`).code, 1);
    sandbox.ok('rm', '-f', '-t', '0', 'later');
  },
);

t.test('another bridge and its gateway are out of reach, also by routes of its own', async (t) => {
  for (const to of [other, '10.124.2.1', '198.18.77.100']) {
    t.equal(does('bad', ping(to)).code, 1, to);
  }
  does('bad', 'ip route add 10.124.2.0/24 via 10.124.1.1');
  t.equal(does('bad', ping(other)).code, 1);
});

t.test("the gateway's other ports are closed", async (t) => {
  const { code } = does('bad', 'nc -w 2 10.124.1.1 22 < /dev/null');
  t.not(code, 0);
});

t.test('a container has nothing of the namespaces that the bridges are in', async (t) => {
  const links = does('bad', 'ls /sys/class/net').stdout.trim().split(/\s+/);
  t.same(links.sort(), ['eth0', 'lo']);
  const [holder = 0] = sandbox.holders();
  const theirs = ['user', 'net'].map((kind) => readlinkSync(`/proc/${holder}/ns/${kind}`));
  const descriptors = does('bad', 'ls -l /proc/1/fd /proc/self/fd').stdout;
  for (const space of theirs) t.equal(descriptors.includes(space), false, space);
  const hosts = ['run', '--rm', '--pid', 'host', '--network', 'ours', ...root, 'hello'];
  const entered = sandbox.run([
    ...hosts,
    'ls',
    '-l',
    `/proc/${holder}/ns/net`,
    `/proc/${holder}/fd`,
  ]);
  t.notMatch(entered.stdout, /(user|net):\[/);
});

t.test('what serves a network has little to offer to who takes it over', async (t) => {
  const publish = ['-p', '127.0.0.1::80', '--network', 'ours'];
  sandbox.ok('run', '-d', '--name', 'served', ...publish, 'hello', 'sleep', '1000');
  const monitor = sandbox.ok('inspect', '-f', '{{.State.ConmonPid}}', 'served').trim();
  const [holder = 0] = sandbox.holders();
  const childOf = (parent: string, word: RegExp): number[] =>
    inProcesses((process) => {
      const own = new RegExp(`^PPid:\\s+${parent}$`, 'm').test(process.read('status'));
      return own && process.words().some((one) => word.test(one)) ? process.pid : null;
    });
  const [relay = 0] = childOf(monitor, /^relay$/);
  const [uplink = 0] = childOf(String(holder), /slirp4netns$/);
  for (const [what, pid] of Object.entries({ holder, relay, uplink })) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    t.match(status, /^Seccomp:\t2$/m, `system calls of the ${what} are filtered`);
    t.match(status, /^NoNewPrivs:\t1$/m, `setuid programs give the ${what} nothing`);
  }
  // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW, over the container's network.
  const rights = /^CapEff:\t(\w+)$/m.exec(readFileSync(`/proc/${relay}/status`, 'utf8'))?.[1];
  t.equal(BigInt(`0x${rights ?? 'ffff'}`) & ~((1n << 10n) | (1n << 12n) | (1n << 13n)), 0n);
  sandbox.ok('rm', '-f', '-t', '0', 'served');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
