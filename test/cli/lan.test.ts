import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { Lan, lanSubnet } from '../support/lan.ts';
import { inProcesses } from '../support/processes.ts';
import { requireFiles, requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root makes devices' };
requirePrograms('slirp4netns', 'nft', 'ip', 'dnsmasq', 'busybox');
requireFiles('/usr/libexec/lxc/lxc-user-nic');
const sandbox = new Sandbox();
const ok = (...args: string[]): string => sandbox.ok(...args);
const run = (...args: string[]) => sandbox.run(args);
const lan = new Lan();
const mark = String(process.pid % 100_000);
const answers = (address: string) => lan.answers(address);

/** What an administrator has to run, the last way of several, as an error says it, and the device that is there then. */
function advice(error: string): { command: string; device: string } {
  const [, command = '', device = ''] =
    /has to run: (?:.*, or: )?(.*?)(?:; then use -o parent=(\S+))?\)$/m.exec(error) ?? [];
  return { command, device };
}

function create(parent: string, name: string, ...words: string[]) {
  return run('network', 'create', '-d', 'macvlan', '-o', `parent=${parent}`, ...words, name);
}

const inspect = (format: string, name: string): string => ok('inspect', '-f', format, name).trim();
const networks = (field: string) => `{{range .NetworkSettings.Networks}}{{.${field}}}{{end}}`;
const serve = ['hello', 'sh', '-c', 'while :; do echo served | nc -l -p 80; done'];

/** Processes of this store's bryo-lan. */
function carriers(): number[] {
  return inProcesses((process) => {
    const words = process.words();
    const own = words[1] === 'lan' && words.some((word) => word.startsWith(sandbox.runroot));
    return own && !/^State:\s+Z/m.test(process.read('status')) ? process.pid : null;
  });
}

t.test("macvlan on the bridges' own network", async (t) => {
  ok('network', 'create', '-d', 'macvlan', '--subnet', '10.71.30.0/24', 'inner');
  ok('run', '-d', '--name', 'first', '--network', 'inner:ip=10.71.30.9', ...serve);
  const ask = ['--network', 'inner', 'hello', 'sh', '-c'];
  const words = 'until nc -w 2 10.71.30.9 80; do :; done; ip route';
  t.match(ok('run', '--rm', ...ask, words), /^served\ndefault via 10\.71\.30\.1 dev eth0/);
  t.match(create('none0', 'no').stderr, 'parent interface none0 does not exist');
  ok('network', 'create', '-d', 'macvlan', 'mute');
  const mute = run('run', '--rm', '--network', 'mute', 'hello', 'true');
  t.match(mute.stderr, /^Error: network mute: nobody answers DHCP there \(make it with --subnet/);
  ok('rm', '-f', '-t', '0', 'first');
  ok('network', 'rm', 'inner', 'mute');
});

t.test('a tap of a bridge', onlyRoot, async (t) => {
  await lan.begin();
  const closed = create(lan.bridge, 'lan', '--subnet', lanSubnet);
  t.equal(closed.code, 125);
  t.match(closed.stderr, `Error: parent ${lan.bridge}: a bridge takes only ports`);
  t.equal(ok('network', 'ls', '-q').includes('lan'), false);
  const { command, device } = advice(closed.stderr);
  lan.asRoot(command, device);
  const range = ['--ip-range', '10.199.7.10-10.199.7.12'];
  t.equal(create(device, 'lan', '--subnet', lanSubnet, ...range).stderr, '');

  ok('run', '-d', '--name', 'one', '--restart', 'always', '--network', 'lan', ...serve);
  ok('run', '-d', '--name', 'two', '--network', 'lan', ...serve);
  t.equal(inspect(networks('IPAddress'), 'one'), '10.199.7.10');
  await answers('10.199.7.10');
  await answers('10.199.7.11');
  t.equal(ok('exec', 'two', 'nc', '-w', '5', '10.199.7.10', '80'), 'served\n');
  t.match(lan.onHost('ip', 'neigh', 'show', '10.199.7.10'), inspect(networks('MacAddress'), 'one'));

  await t.test('a process that carries frames may be killed', async (t) => {
    for (let round = 0; round < 4; round += 1) {
      const [victim = 0] = carriers().slice(round % 2);
      process.kill(victim, 'SIGKILL');
      await eventually('there are two again', () => {
        const now = carriers();
        return now.length === 2 && !now.includes(victim);
      });
      await answers('10.199.7.10');
    }
    t.equal(carriers().length, 2);
  });

  await t.test('a container that is started again is on the LAN', async (t) => {
    const pid = inspect('{{.State.Pid}}', 'one');
    process.kill(Number(pid), 'SIGKILL');
    await eventually('it runs again', () => inspect('{{.State.Pid}}', 'one') !== pid);
    await answers('10.199.7.10');
    t.equal(inspect(networks('IPAddress'), 'one'), '10.199.7.10');
  });

  await t.test('a device that goes and comes again', async (t) => {
    lan.asRoot(`ip link del ${device}`);
    t.match(run('run', '--rm', '--network', 'lan', 'hello', 'true').stderr, /lan\w+.*Error|Error/);
    lan.asRoot(command);
    await answers('10.199.7.10');
    t.equal(ok('exec', 'two', 'nc', '-w', '5', '10.199.7.10', '80'), 'served\n');
  });

  await t.test("nothing on the LAN reaches the bridges' network", async (t) => {
    ok('run', '-d', '--name', 'hidden', '--network', 'bridge', ...serve);
    const hidden = inspect(networks('IPAddress'), 'hidden');
    await eventually('it serves', () => {
      const asked = run(
        'run',
        '--rm',
        '--network',
        'bridge',
        'hello',
        'nc',
        '-w',
        '2',
        hidden,
        '80',
      );
      return asked.stdout === 'served\n';
    });
    const links = ok('unshare', '--rootless-netns', 'ip', '-o', 'link');
    const mac = /^\d+: lan\w+:.* link\/ether (\S+)/m.exec(links)?.[1] ?? '';
    t.match(mac, /^([0-9a-f]{2}:){5}/);
    lan.onHost('ip', 'neigh', 'replace', '10.199.7.99', 'lladdr', mac, 'dev', 'lan0');
    lan.onHost('ip', 'route', 'add', '10.88.0.0/16', 'via', '10.199.7.99');
    t.notMatch(lan.onHost('busybox', 'nc', '-w', '2', hidden, '80'), /served/);
    t.match(lan.onHost('busybox', 'nslookup', 'hidden', '10.88.0.1'), /timed out|no servers/);
    ok('rm', '-f', '-t', '0', 'hidden');
  });

  ok('rm', '-f', '-t', '0', '--all');
  await eventually('nothing carries frames', () => carriers().length === 0);
});

t.test('a port of a bridge by lxc-usernet', onlyRoot, async (t) => {
  const { name } = testUser();
  await lan.takePorts();
  const bridge = `bp${mark}`;
  lan.asRoot(`ip link add ${bridge} type bridge && ip link set ${bridge} up`, bridge);
  const closed = create(bridge, 'port', '--subnet', '10.199.8.0/24');
  t.match(
    closed.stderr,
    `parent ${bridge}: a bridge takes only ports that an administrator allows`,
  );
  const [, allow = ''] = /has to run: (.*?), or: /.exec(closed.stderr) ?? [];
  t.match(allow, `echo '${name} veth ${bridge} 1' >>`);
  const file = '/etc/lxc/lxc-usernet';
  t.teardown(() => {
    const others = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, others.filter((line) => !line.includes(` veth ${bridge} `)).join('\n'));
  });
  lan.asRoot(allow);
  t.equal(create(bridge, 'port', '--subnet', '10.199.8.0/24').stderr, '');
  const ports = () => readdirSync(`/sys/class/net/${bridge}/brif`);
  const begin = (container: string) =>
    ok('run', '-d', '--name', container, '--network', 'port', ...serve);
  const ask = (address: string) =>
    run('run', '--rm', '--network', 'port', 'hello', 'nc', '-w', '5', address, '80');
  begin('east');
  begin('west');
  t.equal(ports().length, 1, 'one for all containers');
  lan.asRoot(`ip addr add 10.199.8.1/24 dev ${bridge}`);
  for (const container of ['east', 'west']) {
    const address = inspect(networks('IPAddress'), container);
    await eventually(`${address} answers`, () => ask(address).stdout === 'served\n');
    const fromHost = () => lan.asRoot(`busybox nc -w 5 ${address} 80`);
    await eventually('this machine hears it', () => fromHost() === 'served\n');
  }

  await t.test('a bridge that is made anew', async (t) => {
    lan.asRoot(
      `ip link del ${bridge}; ip link add ${bridge} type bridge; ip link set ${bridge} up`,
    );
    t.same(ports(), []);
    ok('restart', '-t', '0', 'east');
    t.equal(ports().length, 1);
    const answers = async (container: string) => {
      const address = inspect(networks('IPAddress'), container);
      await eventually(`${address} answers`, () => ask(address).stdout === 'served\n');
    };
    await answers('east');
    const west = inspect(networks('IPAddress'), 'west');
    ok('network', 'reload', 'west');
    t.equal(inspect(networks('IPAddress'), 'west'), west);
    await answers('west');

    ok('network', 'disconnect', 'port', 'west');
    ok('network', 'connect', 'port', 'west');
    lan.asRoot(`ip link del ${bridge}`);
    const lost = run('network', 'reload', 'east');
    t.equal(lost.code, 125);
    t.match(lost.stderr, `Error: network port: bridge ${bridge} does not exist (when an admin`);
    lan.asRoot(`ip link add ${bridge} type bridge; ip link set ${bridge} up`);
    ok('network', 'reload', '--all');
    t.equal(ports().length, 1);
    for (const container of ['east', 'west']) await answers(container);
    ok('network', 'reload', '--all');
  });

  await t.test('another store, for which there is no port left', (t) => {
    const other = new Sandbox();
    t.teardown(() => other.close());
    const words = ['-d', 'macvlan', '-o', `parent=${bridge}`, '--subnet', '10.199.8.0/24', 'port'];
    const refused = other.run(['network', 'create', ...words]);
    t.match(refused.stderr, `Error: parent ${bridge}: lxc-user-nic: Quota reached (`);
    t.match(refused.stderr, 'raise the number in /etc/lxc/lxc-usernet');
    t.end();
  });

  ok('rm', '-f', '-t', '0', '--all');
  await eventually('the port goes with the last container', () => ports().length === 0);
  lan.givePorts();
});

t.test('a macvtap, which has one address', onlyRoot, async (t) => {
  const [near, far] = [`bm${mark}`, `bn${mark}`];
  lan.asRoot(`ip link add ${near} type veth peer name ${far} && ip link set ${near} up`, near);
  lan.asRoot(`ip link set ${far} master ${lan.bridge} up`);
  const closed = create(near, 'vtap', '--subnet', lanSubnet);
  t.match(closed.stderr, `parent ${near}: it belongs to the administrator`);
  const { command, device } = advice(closed.stderr);
  lan.asRoot(command, device);
  lan.asRoot(`ip link set ${device} down`);
  const down = create(device, 'vtap', '--subnet', lanSubnet);
  t.match(down.stderr, `parent ${device}: it is down`);
  lan.asRoot(advice(down.stderr).command);
  t.equal(create(device, 'vtap', '--subnet', lanSubnet).stderr, '');
  ok('run', '-d', '--name', 'only', '--network', 'vtap:ip=10.199.7.20', ...serve);
  await answers('10.199.7.20');
  const mac = readFileSync(join('/sys/class/net', device, 'address'), 'utf8').trim();
  t.equal(inspect(networks('MacAddress'), 'only'), mac);
  const second = run('run', '--rm', '--network', 'vtap', 'hello', 'true');
  t.match(second.stderr, `parent ${device}: another container has its one hardware address ${mac}`);
  ok('rm', '-f', '-t', '0', 'only');
  ok('run', '--rm', '--network', 'vtap', 'hello', 'true');
  const other = ['--network', 'vtap', '--mac-address', '02:00:00:00:00:01', 'hello', 'true'];
  t.match(run('run', '--rm', ...other).stderr, `${device} has the one hardware address ${mac}`);
  lan.asRoot(`chown 0 /dev/tap$(cat /sys/class/net/${device}/ifindex)`);
  const foreign = run('run', '--rm', '--network', 'vtap', 'hello', 'true').stderr;
  t.match(advice(foreign).command, `chown ${testUser().name} /dev/tap`);
});

t.test('nothing is left behind', async (t) => {
  ok('rm', '-f', '-t', '0', '--all');
  await eventually('nothing carries frames', () => carriers().length === 0);
  lan.end();
  t.same(sandbox.close(), []);
});
