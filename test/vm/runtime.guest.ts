import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Config, Runtime } from '../oci/bundle.ts';
import { eventually } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const runtime = new Runtime();

function stateOf(id: string): { status: string; pid: number } {
  return JSON.parse(runtime.ok('state', id));
}

function groupOf(pid: number): string {
  const [, path] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
  return `/sys/fs/cgroup${path}`;
}

t.test('resources, pause, resume, update, ps and delete', async (t) => {
  const bundle = runtime.bundle('limited', (config: Config) => {
    config.process.args = ['sleep', '100'];
    config.linux.resources = {
      memory: { limit: 64 << 20, swap: 128 << 20 },
      cpu: { shares: 512, quota: 20000, period: 50000 },
      pids: { limit: 30 },
      unified: { 'memory.high': '50M' },
    };
  });
  runtime.leave('--systemd-cgroup', 'create', '--bundle', bundle, 'l');
  const group = groupOf(stateOf('l').pid);
  const read = (name: string): string => readFileSync(join(group, name), 'utf8').trim();
  t.match(group, /\/bryo-oci-l\.scope\/container$/);
  t.equal(read('memory.max'), String(64 << 20));
  t.equal(read('memory.swap.max'), String(64 << 20));
  t.equal(read('memory.high'), String(50 << 20));
  t.equal(read('cpu.max'), '20000 50000');
  t.equal(read('pids.max'), '30');
  runtime.ok('start', 'l');
  runtime.ok('pause', 'l');
  t.equal(stateOf('l').status, 'paused');
  t.match(runtime.run('delete', 'l'), { code: 1, stderr: /paused/ });
  runtime.ok('resume', 'l');
  t.equal(stateOf('l').status, 'running');
  runtime.leave('exec', '--detach', 'l', 'sleep', '50');
  t.equal(JSON.parse(runtime.ok('ps', '--format', 'json', 'l')).length, 2);
  runtime.ok('update', '--memory', '33554432', '--pids-limit', '-1', 'l');
  t.equal(read('memory.max'), String(32 << 20));
  t.equal(read('pids.max'), 'max');
  runtime.ok('kill', '--all', 'l', 'KILL');
  runtime.ok('delete', '--force', 'l');
  t.notOk(existsSync(group));
});

t.test('what the unified hierarchy has not got is an error', async (t) => {
  const bundle = runtime.bundle('v1', (config: Config) => {
    config.linux.resources = { memory: { limit: 1 << 26, swappiness: 10 } };
  });
  t.match(runtime.run('run', '--bundle', bundle, 'v1'), {
    code: 1,
    stderr: /linux\.resources\.memory\.swappiness cannot be honoured/,
  });
});

t.test('podman with its limits by bryo-oci', async (t) => {
  const place = runtime.sandbox.makeDirectory('podman');
  const program = join(productArgv()[0] ?? '', '..', 'bryo-oci');
  const settings = join(place, 'containers.conf');
  writeFileSync(settings, `[engine.runtimes]\nbryo-oci=["${program}"]\n`);
  const podman = (...args: string[]) => {
    const flags = ['--root', join(place, 'root'), '--runroot', join(place, 'run')];
    const how = ['--runtime', 'bryo-oci', '--events-backend', 'file'];
    const [first = '', ...rest] = asTestUser(['podman', ...flags, ...how, ...args], {
      CONTAINERS_CONF: settings,
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
    });
    const { status, stdout, stderr } = spawnSync(first, rest, { encoding: 'utf8' });
    return { code: status, stdout, stderr };
  };
  const rootfs = join(runtime.bundle('podman-rootfs'), 'rootfs');
  const flags = ['--network=none', '-m', '64m', '--pids-limit', '40', '--rootfs', rootfs];
  const script = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /proc/self/cgroup';
  const { code, stdout, stderr } = podman('run', '--rm', ...flags, 'sh', '-c', script);
  t.equal(code, 0, stderr);
  t.equal(stdout, `${64 << 20}\n40\n0::/\n`);
  const started = podman('run', '-d', '--name', 'p', ...flags, 'sleep', '100');
  t.equal(started.code, 0, started.stderr);
  t.match(podman('pause', 'p'), { code: 0 });
  t.match(podman('ps', '-a', '--format', '{{.State}}'), { stdout: /paused/i });
  t.match(podman('unpause', 'p'), { code: 0 });
  // podman gives a runtime ten seconds for it, which an emulated machine may need.
  await eventually('a command runs in it', () => {
    const { code, stdout: shown } = podman('exec', 'p', 'cat', '/proc/self/cgroup');
    return code === 0 && shown === '0::/\n';
  });
  t.match(podman('rm', '-f', '-t', '0', 'p'), { code: 0 });
  podman('unshare', 'rm', '-rf', join(place, 'root'), join(place, 'run'));
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
