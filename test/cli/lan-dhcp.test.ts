import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { Lan, lanHost } from '../support/lan.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root makes devices' };
requirePrograms('slirp4netns', 'nft', 'ip', 'dnsmasq', 'busybox');
const sandbox = new Sandbox();
const ok = (...args: string[]): string => sandbox.ok(...args);
const run = (...args: string[]) => sandbox.run(args);
const lan = new Lan();
const mark = String(process.pid % 100_000);
const inspect = (format: string, name: string): string => ok('inspect', '-f', format, name).trim();
const networks = (field: string) => `{{range .NetworkSettings.Networks}}{{.${field}}}{{end}}`;
const serve = ['hello', 'sh', '-c', 'while :; do echo served | nc -l -p 80; done'];
const answers = (address: string) => lan.answers(address);

t.test('addresses by DHCP', onlyRoot, async (t) => {
  await lan.begin();
  const device = `bt${mark}`;
  const { name } = testUser();
  lan.asRoot(
    `ip tuntap add dev ${device} mode tap user ${name} && ip link set ${device} master ${lan.bridge} up`,
    device,
  );
  ok('network', 'create', '-d', 'macvlan', '-o', `parent=${device}`, 'leased');
  const silent = run('run', '--rm', '--network', 'leased', 'hello', 'true');
  t.match(silent.stderr, /^Error: network leased: no DHCP server has answered\n$/);

  const startServer = (range: string, ...words: string[]) => {
    const alone = ['--conf-file=/dev/null', '--port=0', '--interface=lan0', '--user=root'];
    const files = [`--dhcp-leasefile=${join(sandbox.directory, 'leases')}`, '--pid-file='];
    const own = ['--keep-in-foreground', '--no-ping', `--dhcp-range=${range},2m`, ...words];
    return lan.startOnHost('dnsmasq', ...alone, ...files, ...own);
  };
  const server = startServer('10.199.7.100,10.199.7.101', '--dhcp-option=6,10.199.7.53');
  ok('run', '-d', '--name', 'client', '--network', 'leased', ...serve);
  const address = inspect(networks('IPAddress'), 'client');
  t.match(address, /^10\.199\.7\.10[01]$/);
  await answers(address);
  t.match(ok('exec', 'client', 'cat', '/etc/hosts'), new RegExp(`^${address}\\t.*client`, 'm'));
  t.match(ok('exec', 'client', 'cat', '/etc/resolv.conf'), /^nameserver 10\.199\.7\.53$/m);
  t.match(ok('exec', 'client', 'ip', 'route'), `default via ${lanHost} dev eth0`);
  t.equal(inspect(networks('Gateway'), 'client'), lanHost);
  await eventually('the address lasts as long as its lease', () =>
    /valid_lft \d+sec/.test(ok('exec', 'client', 'ip', '-4', 'addr', 'show', 'eth0')),
  );

  const spaceOf = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);
  const clients = () => {
    // Other tests may have clients of the same name.
    const space = spaceOf(inspect('{{.State.Pid}}', 'client'));
    return inProcesses((process) => {
      const words = process.words();
      const isClient = words.includes('hostname:client') && words.includes('-f');
      return isClient && spaceOf(process.pid) === space ? process : null;
    });
  };
  await t.test('the client has few rights', async (t) => {
    t.equal(clients().length, 1);
    const status = clients()[0]?.read('status') ?? '';
    // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW
    t.match(status, /^CapPrm:\s+0000000000003400$/m);
    t.match(status, /^NoNewPrivs:\s+1$/m);
    t.not(/^Uid:\s+(\d+)/m.exec(status)?.[1], String(testUser().uid));
  });

  ok('restart', '-t', '0', 'client');
  t.equal(inspect(networks('IPAddress'), 'client'), address, 'a server knows its client again');
  ok('run', '-d', '--name', 'late', '--restart', 'always', '--network', 'bridge', ...serve);
  ok('network', 'connect', 'leased', 'late');
  const late = inspect('{{(index .NetworkSettings.Networks "leased").IPAddress}}', 'late');
  await answers(late);
  const pid = inspect('{{.State.Pid}}', 'late');
  process.kill(Number(pid), 'SIGKILL');
  await eventually('it runs again', () => inspect('{{.State.Pid}}', 'late') !== pid);
  await answers(late);
  ok('network', 'disconnect', 'leased', 'late');
  t.notMatch(ok('exec', 'late', 'ip', 'addr'), late);

  await t.test('a server that gives other addresses', async (t) => {
    const shown = (words: string[]) => ok('exec', 'client', 'ip', ...words);
    const routes = () => shown(['-4', 'route', 'show', 'default']).trim();
    ok('run', '-d', '--name', 'beside', '--network', 'container:client', 'hello', 'sleep', '3600');
    const hostsOf = (container: string) => ok('exec', container, 'cat', '/etc/hosts');
    const onNetwork = () =>
      ok('network', 'inspect', '-f', '{{range .Containers}}{{.Interfaces}}{{end}}', 'leased');
    let former = server;
    let formerAddress = address;
    for (const [given, router] of [
      ['10.199.7.150', lanHost],
      ['10.199.7.160', '10.199.7.254'],
    ] as const) {
      former.kill('SIGKILL');
      former = startServer(
        `${given},${given}`,
        '--dhcp-authoritative',
        `--dhcp-option=3,${router}`,
      );
      let looks = 0;
      await eventually(`the container has ${given}`, () => {
        // It renews its lease then, which is refused. Told anew while it asks for the next one it begins again.
        if (looks % 20 === 0) for (const { pid } of clients()) process.kill(pid, 'SIGUSR1');
        looks += 1;
        return shown(['-4', 'addr', 'show', 'eth0']).includes(`inet ${given}/24`);
      });
      await answers(given);
      await eventually('its router is the way outside', () =>
        new RegExp(`^default via ${router} dev eth0[^\n]*$`).test(routes()),
      );
      t.equal(shown(['-4', 'addr', 'show', 'eth0']).match(/inet /g)?.length, 1);
      await eventually(
        'inspect tells it',
        () => inspect(networks('IPAddress'), 'client') === given,
      );
      t.equal(inspect(networks('Gateway'), 'client'), router);
      t.match(onNetwork(), given);
      for (const container of ['client', 'beside']) {
        t.match(hostsOf(container), new RegExp(`^${given}\\t.*client`, 'm'));
        t.notMatch(hostsOf(container), formerAddress);
      }
      formerAddress = given;
    }
  });

  await t.test('addresses of IPv6 by advertisements', async (t) => {
    lan.onHost('ip', 'addr', 'add', 'fd00:199:7::1/64', 'dev', 'lan0', 'nodad');
    startServer('fd00:199:7::,ra-only', '--enable-ra', '--ra-param=lan0,4');
    await eventually('it has one', () =>
      ok('exec', 'client', 'ip', '-6', 'addr', 'show', 'eth0').includes('inet6 fd00:199:7:'),
    );
    t.match(ok('exec', 'client', 'ip', '-6', 'route'), /^default via fe80:/m);
    t.equal(inspect('{{.State.Running}}', 'client'), 'true');
  });
});

t.test('nothing is left behind', async (t) => {
  ok('rm', '-f', '-t', '0', '--all');
  lan.end();
  t.same(sandbox.close(), []);
});
