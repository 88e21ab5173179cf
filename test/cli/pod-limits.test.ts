import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

// What needs control groups is tried in test/vm/pod-limits.guest.ts.
const sandbox = new Sandbox();
const pod = (...args: string[]): string => sandbox.ok('pod', ...args);
const fails = (...args: string[]) => sandbox.run(['pod', ...args]);
const shown = (name: string) => JSON.parse(pod('inspect', name));

t.test('limits as podman shows them', async (t) => {
  const memory = ['--memory', '64m', '--cpus', '0.5', '-c', '512'];
  const more = ['--cpuset-cpus', '0-1', '--cpuset-mems', '0', '--blkio-weight', '300'];
  pod('create', '--name', 'limited', '--network', 'none', ...memory, ...more);
  const all = shown('limited');
  t.match(all, {
    CreateCgroup: true,
    CgroupParent: '',
    CgroupPath: '',
    cpu_period: 100_000,
    cpu_quota: 50_000,
    cpu_shares: 512,
    cpuset_cpus: '0-1',
    cpuset_mems: '0',
    memory_limit: 64 << 20,
    memory_swap: 128 << 20,
    blkio_weight: 300,
  });
  t.notOk('device_read_bps' in all, 'what is not limited is left out');
  const fields = '{{.CPUQuota}} {{.MemoryLimit}} {{.CPUSetCPUs}} {{len .BlkioDeviceReadBps}}';
  t.equal(pod('inspect', '-f', fields, 'limited'), `50000 ${64 << 20} 0-1 0\n`);
  pod('create', '--name', 'free', '--network', 'none', '-m', '0', '--cpus', '0');
  t.match(shown('free'), { CreateCgroup: false, CgroupPath: '' });
  t.notOk('memory_limit' in shown('free'));
  t.equal(pod('inspect', '-f', '{{.CPUShares}} {{.CPUSetMems}}.', 'free'), '0 .\n');
});

t.test('a copy has the limits of its original but for what is changed', async (t) => {
  pod('clone', '--cpus', '2', 'limited', 'copy');
  t.match(shown('copy'), { cpu_quota: 200_000, memory_limit: 64 << 20, blkio_weight: 300 });
  pod('clone', 'free', 'still-free');
  t.match(shown('still-free'), { CreateCgroup: false });
  pod('clone', '-m', '1g', 'free', 'no-longer-free');
  t.match(shown('no-longer-free'), { CreateCgroup: true, memory_limit: 1 << 30 });
  pod('create', '--infra=false', '--name', 'bare', '-m', '64m', '--memory-swap', '96m');
  t.match(shown('bare'), { memory_limit: 64 << 20, memory_swap: 96 << 20 });
  t.match(fails('clone', '-m', '128m', 'bare'), {
    code: 125,
    stderr: /--memory would be more than --memory-swap \(100663296\)/,
  });
  pod('rm', 'copy', 'still-free', 'no-longer-free', 'bare');
});

t.test('a group that the containers share, or not', async (t) => {
  const cases: [string[], RegExp][] = [
    [['--share-parent'], /--share-parent needs a limit/],
    [['--share-parent=false', '-m', '64m'], /--share-parent=false: limits of a pod/],
    [['--share-parent', '-m', '64m', '--share', '+cgroup'], /--share cgroup exclude each other/],
  ];
  for (const [flags, message] of cases) {
    t.match(fails('create', ...flags), { code: 125, stdout: '', stderr: message });
  }
  pod('create', '--name', 'apart', '--network', 'none', '--share-parent=false');
  pod('create', '--name', 'together', '--network', 'none', '--share-parent', '-m', '64m');
  t.match([shown('apart'), shown('together')], [{ CreateCgroup: false }, { CreateCgroup: true }]);
  pod('rm', 'apart', 'together');
});

t.test('values that are none', async (t) => {
  const cases: [string[], RegExp][] = [
    [['--memory', 'much'], /invalid size "much"/],
    [['--memory', '64m', '--memory-swap', '32m'], /--memory-swap is less than --memory/],
    [['--cpus', '0.001'], /invalid --cpus/],
    [['--cpuset-cpus', 'all'], /invalid --cpuset-cpus/],
    [['--blkio-weight', '5'], /invalid --blkio-weight/],
    [['--device-read-bps', '/dev/null:1m'], /not a block device/],
    [['--blkio-weight-device', '/dev/vda:10'], /--blkio-weight-device is not supported: /],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr } = fails('create', '--name', 'bad', ...flags);
    t.equal(code, 125, flags.join(' '));
    t.match(stderr, message);
  }
  t.equal(fails('exists', 'bad').code, 1);
});

t.test('no container of the pod goes without its limits', async (t) => {
  const cases: [string[], RegExp][] = [
    [['--cgroups=disabled'], /--cgroups=disabled cannot be used with --pod: the pod limited has/],
    [['--cgroups=no-conmon'], /--cgroups=no-conmon cannot be used with --pod/],
    [['--cgroups=split'], /--cgroups=split cannot be used with --pod/],
    [['--cgroup-parent', 'own.slice'], /--cgroup-parent cannot be used with --pod/],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr } = sandbox.run(['create', '--pod', 'limited', ...flags, 'hello']);
    t.equal(code, 125, flags.join(' '));
    t.match(stderr, message);
  }
  const without = ['--cgroup-manager', 'disabled'];
  const refused = /--memory of pod limited cannot be had: with --cgroup-manager=disabled/;
  t.match(sandbox.run([...without, 'run', '--rm', '--pod', 'limited', 'hello', 'true']), {
    code: 125,
    stderr: refused,
  });
  t.match(sandbox.run([...without, 'pod', 'start', 'limited']), { code: 125, stderr: refused });
  t.equal(shown('limited').NumContainers, 1, 'the holder alone is left');
  sandbox.ok('run', '--rm', '--pod', 'free', '--cgroups=disabled', 'hello', 'true');
  pod('rm', 'limited');
});

t.test('records of earlier versions', async (t) => {
  const [file = ''] = readdirSync(join(sandbox.root, 'pods'));
  const path = join(sandbox.root, 'pods', file);
  const { sum, resources, ...old } = JSON.parse(readFileSync(path, 'utf8'));
  t.match(sum, /^[0-9a-f]{16}$/);
  t.equal(resources, null);
  writeFileSync(path, JSON.stringify(old));
  t.match(shown('free'), { CreateCgroup: false });
  pod('clone', 'free', 'later');
  pod('rm', '-f', '-t', '0', 'free', 'later');
});

t.test('nothing is left behind', async (t) => {
  t.same(readdirSync(join(sandbox.root, 'pods')), []);
  t.same(sandbox.close(), []);
});
