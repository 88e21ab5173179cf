import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { productArgv } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';
import { type Config, type Ended, Runtime } from './bundle.ts';

requirePrograms('podman', 'runc', 'script');
const runtime = new Runtime();
const place = runtime.sandbox.makeDirectory('podman');
const unified = '/sys/fs/cgroup/unified';

const settings = join(place, 'containers.conf');
const program = join(productArgv()[0] ?? '', '..', 'bryo-oci');
writeFileSync(
  settings,
  // podman's manual and its parser spell the second key differently.
  `[engine]
runtime_supports_json=["bryo-oci"]
runtime_supports_nocgroups=["bryo-oci"]
runtime_supports_nocgroup=["bryo-oci"]
[engine.runtimes]
bryo-oci=["${program}"]
`,
);

/** podman with bryo-oci as its runtime; it refuses hybrid control groups, so they are hidden. */
function podman(...args: string[]): Ended {
  const flags = ['--root', join(place, 'root'), '--runroot', join(place, 'run')];
  const more = [
    '--runtime',
    'bryo-oci',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
  ];
  const argv = asTestUser(['podman', ...flags, ...more, ...args], { CONTAINERS_CONF: settings });
  const hidden = existsSync(unified) && process.getuid?.() === 0;
  const script = `umount ${unified} && exec "$@"`;
  const words = hidden ? ['unshare', '-m', 'sh', '-c', script, 'sh', ...argv] : argv;
  const [first = '', ...rest] = words;
  const result = spawnSync(first, rest, { encoding: 'utf8', cwd: '/', timeout: 60_000 });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

t.test('podman runs its containers with bryo-oci', async (t) => {
  const rootfs = join(runtime.bundle('rootfs-of-podman'), 'rootfs');
  const run = ['run', '--cgroups=disabled', '--network=none'];
  const image = ['--rootfs', rootfs];
  const first = podman(...run, '--rm', ...image, 'sh', '-c', 'id -u; exit 5');
  t.match(first, { code: 5, stdout: '0\n' }, first.stderr);
  t.match(podman(...run, '--rm', ...image, 'nowhere'), {
    code: 127,
    stderr: /not found in \$PATH/,
  });
  const started = podman(...run, '-d', '--name', 'c', ...image, 'sleep', '1000');
  t.equal(started.code, 0, started.stderr);
  t.equal(podman('exec', 'c', 'hostname').stdout.trim(), started.stdout.trim().slice(0, 12));
  t.equal(podman('exec', '-u', '5', 'c', 'sh', '-c', 'id -u; exit 3').code, 3);
  t.match(
    podman('inspect', '--format', '{{.State.Status}} {{.OCIRuntime}}', 'c').stdout,
    'running bryo-oci',
  );
  t.equal(podman('kill', 'c').code, 0);
  t.equal(podman('wait', 'c').stdout, '137\n');
  t.equal(podman('rm', '-f', 'c').code, 0);
  t.equal(podman('ps', '-aq').stdout, '');
});

t.test('podman gets the terminal', async (t) => {
  const rootfs = join(runtime.bundle('terminal-of-podman'), 'rootfs');
  const created = podman(
    'create',
    '-t',
    '--name',
    't',
    '--cgroups=disabled',
    '--network=none',
    '--rootfs',
    rootfs,
    'sh',
    '-c',
    'test -t 0 && test -c /dev/console && echo terminal',
  );
  t.equal(created.code, 0, created.stderr);
  const { code, stdout } = podman('start', '-a', 't');
  t.match({ code, stdout }, { code: 0, stdout: /^terminal\r?\n$/ });
  podman('rm', '-f', 't');
});

t.test("a bundle of runc's", async (t) => {
  const bundle = runtime.bundle('runc');
  const path = join(bundle, 'config.json');
  execFileSync('rm', [path]);
  const [first = '', ...rest] = asTestUser(['runc', 'spec', '--rootless', '--bundle', bundle]);
  execFileSync(first, rest);
  const config: Config = JSON.parse(readFileSync(path, 'utf8'));
  config.process.terminal = false;
  config.process.args = ['sh', '-c', 'hostname; id -u'];
  writeFileSync(path, JSON.stringify(config));
  const { code, stdout, stderr } = runtime.run('run', '--bundle', bundle, 'runc');
  t.same([code, stdout], [0, 'runc\n0\n'], stderr);
});

t.test('nothing is left behind', async (t) => {
  // podman's pause process keeps its user namespace.
  spawnSync('pkill', ['-f', 'catatonit -P']);
  t.same(runtime.sandbox.close(), []);
});
