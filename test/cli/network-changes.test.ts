import { lstatSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');

const sandbox = new Sandbox();
const ok = (...argv: string[]) => sandbox.ok(...argv);
const run = (...argv: string[]) => sandbox.run(argv);
const inspect = (name: string, template: string): string =>
  ok('inspect', '--format', `{{${template}}}`, name).trim();

/** Ends a container's first process, and waits until its restart policy has started it again. */
async function crash(name: string, restarts: number): Promise<void> {
  process.kill(Number(inspect(name, '.State.Pid')), 'SIGKILL');
  await eventually(
    `${name} runs again`,
    () => inspect(name, '.RestartCount}} {{.State.Status') === `${restarts} running`,
  );
}

const addresses = (name: string) => ok('exec', name, 'ip', '-4', 'addr');

t.test(
  'what has been connected and disconnected stays so when the policy starts it again',
  async (t) => {
    ok('network', 'create', '--subnet', '10.73.1.0/24', 'first');
    ok('network', 'create', '--subnet', '10.73.2.0/24', 'second');
    ok('network', 'create', '--subnet', '10.73.3.0/24', 'third');
    const flags = ['--restart', 'always', '--network', 'first', '--network', 'third'];
    ok('run', '-d', '--name', 'mover', ...flags, 'hello', 'sleep', '1000');
    ok('network', 'connect', '--ip', '10.73.2.9', '--alias', 'cart', 'second', 'mover');
    ok('network', 'disconnect', 'third', 'mover');
    for (const restarts of [1, 2]) {
      await crash('mover', restarts);
      t.match(addresses('mover'), /10\.73\.1\.\d+\/24[\s\S]*10\.73\.2\.9\/24[^\n]* eth2/);
      t.notMatch(addresses('mover'), /10\.73\.3\./);
      t.match(ok('exec', 'mover', 'cat', '/etc/hosts'), /^10\.73\.2\.9\t.*mover$/m);
      t.match(
        ok('run', '--rm', '--network', 'second', 'hello', 'nslookup', 'cart'),
        /10\.73\.2\.9/,
      );
      const taken = run('run', '--rm', '--network', 'second:ip=10.73.2.9', 'hello', 'true');
      t.match(taken.stderr, /10\.73\.2\.9 is already allocated to container ID/);
    }
    ok('network', 'disconnect', 'second', 'mover');
    await crash('mover', 3);
    t.notMatch(addresses('mover'), /10\.73\.2\./);
    ok('restart', '-t', '0', 'mover');
    t.match(addresses('mover'), /10\.73\.1\./);
    t.notMatch(addresses('mover'), /10\.73\.[23]\./);
    ok('rm', '-f', '-t', '0', 'mover');
  },
);

t.test('a name goes with its network', async (t) => {
  ok('run', '-d', '--name', 'gone', '--network', 'first', 'hello', 'sleep', '1000');
  const look = ['run', '--rm', '--network', 'first', 'hello', 'nslookup', 'gone'];
  t.match(ok(...look), /10\.73\.1\./);
  ok('network', 'disconnect', 'first', 'gone');
  t.not(run(...look).code, 0);
  ok('rm', '-f', '-t', '0', 'gone');
  ok('network', 'rm', 'first', 'second', 'third');
});

t.test('a container that runs has a path of its network namespace', async (t) => {
  const key = (name: string) => inspect(name, '.NetworkSettings.SandboxKey');
  ok('run', '-d', '--name', 'own', '--restart', 'always', 'hello', 'sleep', '1000');
  ok('run', '-d', '--name', 'alone', '--network', 'none', 'hello', 'sleep', '1000');
  ok('run', '-d', '--name', 'shared', '--network', 'host', 'hello', 'sleep', '1000');
  const path = key('own');
  t.match(path, /\/netns\/netns-[0-9a-f]{12}$/);
  const namespace = (name: string) => readlinkSync(`/proc/${inspect(name, '.State.Pid')}/ns/net`);
  t.equal(readlinkSync(readlinkSync(path)), namespace('own'));
  await crash('own', 1);
  t.equal(readlinkSync(readlinkSync(key('own'))), namespace('own'));
  t.equal(key('alone'), `/proc/${inspect('alone', '.State.Pid')}/ns/net`);
  t.equal(key('shared'), '');
  ok('stop', '-t', '0', 'own');
  t.equal(key('own'), '');
  t.throws(() => lstatSync(path), { code: 'ENOENT' });
  ok('rm', '-f', '-t', '0', '-a');
});

const files = ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname'];
const owners = ['stat', '-c', '%u:%g', ...files];

for (const userns of ['keep-id', 'nomap', 'auto']) {
  t.test(
    `--userns ${userns}: the files about the network are the container's root's`,
    async (t) => {
      for (const network of ['bridge', 'slirp4netns']) {
        const flags = ['--userns', userns, '--network', network];
        t.equal(ok('run', '--rm', ...flags, 'hello', ...owners), '0:0\n0:0\n0:0\n', network);
      }
    },
  );
}

t.test('files that are not the caller’s follow what is connected', async (t) => {
  ok('network', 'create', '--subnet', '10.73.4.0/24', '--subnet', 'fd73:4::/64', 'more');
  const flags = ['--userns', 'keep-id', '--network', 'bridge'];
  ok('run', '-d', '--name', 'k', ...flags, 'hello', 'sleep', '1000');
  ok('network', 'connect', 'more', 'k');
  const told = /^10\.88\.[\s\S]*^10\.73\.4\.\d+\t.*k\nfd73:4::[\da-f]+\t.*k$/m;
  t.match(ok('exec', 'k', 'cat', '/etc/hosts'), told);
  t.equal(ok('exec', 'k', ...owners), '0:0\n0:0\n0:0\n');
  ok('restart', '-t', '0', 'k');
  t.match(ok('exec', 'k', 'cat', '/etc/hosts'), told, 'a line for each address');
  ok('rm', '-f', '-t', '0', 'k');
  ok('network', 'rm', 'more');
});

t.test('members of a pod whose files are not the caller’s', async (t) => {
  ok('pod', 'create', '--name', 'p', '--userns', 'keep-id');
  ok('run', '-d', '--pod', 'p', '--name', 'a', 'hello', 'sleep', '1000');
  ok('run', '-d', '--pod', 'p', '--name', 'b', 'hello', 'sleep', '1000');
  const hosts = ok('exec', 'a', 'cat', '/etc/hosts');
  for (const name of ['a', 'b']) t.match(hosts, new RegExp(`^127\\.0\\.0\\.1\t.*\\b${name}$`, 'm'));
  t.equal(ok('exec', 'b', 'stat', '-c', '%u:%g', '/etc/hosts'), '0:0\n');
  ok('pod', 'rm', '-f', '-t', '0', 'p');
});

t.test('host-gateway and the name of the host without a network', async (t) => {
  const hosts = ok(
    'run',
    '--rm',
    '--network',
    'none',
    '--add-host',
    'gw:host-gateway',
    'hello',
    'cat',
    '/etc/hosts',
  );
  const address = /^(\S+)\tgw$/m.exec(hosts)?.[1];
  t.ok(address);
  t.match(hosts, `${address}\thost.containers.internal host.docker.internal`);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
