import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();

const { ok, run } = {
  ok: (...args: string[]) => sandbox.ok(...args),
  run: (...args: string[]) => sandbox.run(args),
};

/** What a server says before it closes; null: nobody answers. */
function ask(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(text === '' ? null : text));
    socket.setTimeout(3000, () => socket.destroy());
  });
}

/** Asks until somebody answers: a server in a container needs a moment. */
async function askSoon(port: number): Promise<string | null> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await ask(port);
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return null;
}

const serve = ['sh', '-c', 'while :; do echo served | nc -l -p 80; done'];

t.test('the default bridge', async (t) => {
  const address = ok(
    'run',
    '--rm',
    '--network',
    'bridge',
    'hello',
    'ip',
    '-4',
    'addr',
    'show',
    'eth0',
  );
  t.match(address, /inet 10\.88\.\d+\.\d+\/16 /);
  const route = ok('run', '--rm', '--network', 'podman', 'hello', 'ip', 'route');
  t.match(route, /^default via 10\.88\.0\.1 dev eth0/m);
});

t.test('containers of a network know each other by name', async (t) => {
  ok('network', 'create', '--subnet', '10.71.3.0/24', 'back');
  const id = ok(
    'run',
    '-d',
    '--name',
    'db',
    '--network',
    'back:alias=sql,ip=10.71.3.9',
    'hello',
    'sleep',
    '1000',
  ).trim();
  const resolv = ok('run', '--rm', '--network', 'back', 'hello', 'cat', '/etc/resolv.conf');
  t.match(resolv, /^search dns\.podman/m);
  t.match(resolv, /^nameserver 10\.71\.3\.1$/m);
  for (const name of ['db', 'sql', id.slice(0, 12), 'db.dns.podman']) {
    t.match(
      ok('run', '--rm', '--network', 'back', 'hello', 'nslookup', name),
      /10\.71\.3\.9/,
      name,
    );
  }
  t.match(ok('exec', 'db', 'cat', '/etc/hosts'), /^10\.71\.3\.9\t.*\bdb\b/m);

  t.equal(ok('ps', '--format', '{{.Networks}}'), 'back\n');
  const network = (field: string) =>
    ok('inspect', '-f', `{{(index .NetworkSettings.Networks "back").${field}}}`, 'db').trim();
  t.equal(network('IPAddress'), '10.71.3.9');
  t.equal(network('IPPrefixLen'), '24');
  t.equal(network('Gateway'), '10.71.3.1');
  t.equal(network('Aliases'), `[sql ${id.slice(0, 12)}]`);
  const mac = network('MacAddress');
  t.equal(ok('exec', 'db', 'cat', '/sys/class/net/eth0/address').trim(), mac);
  const [shown] = JSON.parse(ok('network', 'inspect', 'back'));
  t.same(shown.containers, {
    [id]: {
      name: 'db',
      interfaces: {
        eth0: {
          subnets: [{ ipnet: '10.71.3.9/24', gateway: '10.71.3.1' }],
          mac_address: mac,
        },
      },
    },
  });

  const taken = run('run', '--rm', '--network', 'back', '--ip', '10.71.3.9', 'hello', 'true');
  t.not(taken.code, 0);
  t.match(taken.stderr, /requested ip address 10\.71\.3\.9 is already allocated to container ID/);
  const other = ok(
    ...[
      'run',
      '--rm',
      '--network',
      'back',
      '--ip',
      '10.71.3.7',
      '--mac-address',
      '02:00:00:00:00:77',
    ],
    ...['hello', 'ip', 'addr', 'show', 'eth0'],
  );
  t.match(other, /02:00:00:00:00:77[\s\S]*10\.71\.3\.7\/24/);
  ok('rm', '-f', '-t', '0', 'db');
  t.equal(ok('network', 'inspect', '-f', '{{json .Containers}}', 'back'), '{}\n');
  ok('network', 'rm', 'back');
});

t.test('several networks, and none between them', async (t) => {
  ok('network', 'create', '--subnet', '10.71.4.0/24', 'one');
  ok('network', 'create', '--subnet', '10.71.5.0/24', '--ipv6', '--subnet', 'fd00:71::/64', 'two');
  ok(
    'run',
    '-d',
    '--name',
    'both',
    '--network',
    'one',
    '--network',
    'two:interface_name=two0',
    'hello',
    'sleep',
    '1000',
  );
  ok('run', '-d', '--name', 'single', '--network', 'one:ip=10.71.4.9', 'hello', ...serve);
  t.same(ok('exec', 'both', 'ls', '/sys/class/net').trim().split('\n').sort(), [
    'eth0',
    'lo',
    'two0',
  ]);
  t.match(ok('exec', 'both', 'ip', 'addr', 'show', 'two0'), /10\.71\.5\.\d+\/24[\s\S]*fd00:71::/);
  t.match(ok('exec', 'both', 'nslookup', 'single'), /10\.71\.4\./);
  t.match(
    ok('run', '--rm', '--network', 'two', 'hello', 'nslookup', 'both'),
    /10\.71\.5\.|fd00:71/,
  );
  t.not(run('run', '--rm', '--network', 'two', 'hello', 'nslookup', 'single').code, 0);
  const reach = ['hello', 'sh', '-c', 'nc -w 2 10.71.4.9 80'];
  t.equal(ok('run', '--rm', '--network', 'one', ...reach), 'served\n');
  t.equal(run('run', '--rm', '--network', 'two', ...reach).stdout, '', 'not from another network');
  ok('rm', '-f', '-t', '0', 'both', 'single');
  ok('network', 'rm', 'one', 'two');
});

t.test('ports are published from a network', async (t) => {
  const port = await freePort();
  ok('network', 'create', 'front');
  ok(
    'run',
    '-d',
    '--name',
    'web',
    '--network',
    'front',
    '-p',
    `127.0.0.1:${port}:80`,
    'hello',
    ...serve,
  );
  t.equal(await askSoon(port), 'served\n');
  t.equal(ok('port', 'web'), `80/tcp -> 127.0.0.1:${port}\n`);
  ok('restart', '-t', '0', 'web');
  t.equal(await askSoon(port), 'served\n', 'after a restart');
  ok('rm', '-f', '-t', '0', 'web');
  t.equal(await ask(port), null);
  ok('network', 'rm', 'front');
});

t.test('a pod on a network', async (t) => {
  ok('network', 'create', '--subnet', '10.71.6.0/24', 'pods');
  ok('pod', 'create', '--name', 'app', '--network', 'pods', '--ip', '10.71.6.8');
  t.match(
    ok('run', '--rm', '--pod', 'app', 'hello', 'ip', 'addr', 'show', 'eth0'),
    /10\.71\.6\.8\/24/,
  );
  t.match(ok('run', '--rm', '--network', 'pods', 'hello', 'nslookup', 'app'), /10\.71\.6\.8/);
  ok('pod', 'rm', '-f', '-t', '0', 'app');
  ok('network', 'rm', 'pods');
});

t.test('a container that is connected and disconnected while it stands', async (t) => {
  ok('network', 'create', '--subnet', '10.71.7.0/24', 'first');
  ok('network', 'create', '--subnet', '10.71.8.0/24', 'second');
  ok('create', '--name', 'wanderer', '--network', 'first', 'hello', 'sleep', '1000');
  ok('network', 'connect', '--ip', '10.71.8.5', 'second', 'wanderer');
  ok('network', 'disconnect', 'first', 'wanderer');
  ok('start', 'wanderer');
  t.match(ok('exec', 'wanderer', 'ip', 'addr'), /10\.71\.8\.5\/24/);
  t.notMatch(ok('exec', 'wanderer', 'ip', 'addr'), /10\.71\.7\./);
  t.equal(run('network', 'rm', 'second').code, 2);
  t.equal(ok('network', 'rm', '-f', '-t', '0', 'second', 'first'), 'second\nfirst\n');
  t.equal(ok('ps', '-aq'), '');
});

t.test('a running container is connected and disconnected', async (t) => {
  ok('network', 'create', '--subnet', '10.71.12.0/24', 'here');
  ok('network', 'create', '--subnet', '10.71.13.0/24', 'there');
  ok('run', '-d', '--name', 'mover', '--network', 'here', 'hello', 'sleep', '1000');
  const addresses = () => ok('exec', 'mover', 'ip', '-4', 'addr');
  const files = () => ok('exec', 'mover', 'cat', '/etc/hosts', '/etc/resolv.conf');
  ok('network', 'connect', '--alias', 'cart', '--ip', '10.71.13.7', 'there', 'mover');
  t.match(addresses(), /10\.71\.12\.\d+\/24[\s\S]*10\.71\.13\.7\/24[^\n]* eth1/);
  t.match(
    files(),
    /^10\.71\.13\.7\t.*\bmover$[\s\S]*^nameserver 10\.71\.12\.1\nnameserver 10\.71\.13\.1$/m,
  );
  t.match(ok('run', '--rm', '--network', 'there', 'hello', 'nslookup', 'cart'), /10\.71\.13\.7/);
  const again = run('network', 'connect', 'there', 'mover');
  t.equal(again.code, 125);
  t.match(again.stderr, /is already connected to network there: network is already connected/);
  ok('network', 'disconnect', 'here', 'mover');
  t.notMatch(addresses(), /10\.71\.12\./);
  t.notMatch(files(), /10\.71\.12\./);
  t.equal(ok('ps', '--format', '{{.Networks}}'), 'there\n');
  ok('network', 'connect', 'here', 'mover');
  t.match(addresses(), /10\.71\.12\.\d+\/24[^\n]* eth0/);
  ok('network', 'reload', '--all');
  const taken = run('network', 'connect', '--ip', '10.71.12.1', 'here', 'mover');
  t.not(taken.code, 0);
  ok('rm', '-f', '-t', '0', 'mover');
  ok('network', 'rm', 'here', 'there');
});

t.test('addresses that cannot be had leave nothing behind', async (t) => {
  ok('network', 'create', '--subnet', '10.71.9.0/30', 'small');
  ok('run', '-d', '--name', 'only', '--network', 'small', 'hello', 'sleep', '1000');
  const full = run('run', '--rm', '--network', 'small', 'hello', 'true');
  t.equal(full.code, 126);
  t.match(full.stderr, /failed to find free IP in range: 10\.71\.9\.1 - 10\.71\.9\.2/);
  t.equal(ok('ps', '-a', '--format', '{{.Names}}'), 'only\n');
  ok('kill', 'only');
  ok('wait', 'only');
  ok('run', '--rm', '--network', 'small', 'hello', 'true');
  ok('rm', 'only');
  ok('network', 'rm', 'small');
});

t.test('the network of the bridges can be entered', async (t) => {
  const links = ok('unshare', '--rootless-netns', 'cat', '/proc/net/dev');
  t.match(links, /^ *tap0:/m);
});

t.test('system reset takes networks, too', async (t) => {
  ok('network', 'create', 'x');
  ok('system', 'reset', '-f');
  t.notOk(existsSync(join(sandbox.root, 'networks')));
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
