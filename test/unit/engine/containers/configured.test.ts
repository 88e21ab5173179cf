import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../../src/config/load.ts';
import type { ContainerRecord } from '../../../../src/container/record.ts';
import { findRecord } from '../../../../src/container/records.ts';
import { parallelCopies } from '../../../../src/engine/images/parallel.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { type Bench, openBench } from '../../../support/in-process.ts';

playCaller();

/** A bench whose commands read a file of containers.conf(5), and what `create` makes there. */
async function configured(t: Test, text: string): Promise<Bench & { made: typeof made }> {
  const bench = openBench(t);
  const home = t.testdir({});
  writeFileSync(join(home, 'conf'), text);
  bench.engine.config = await loadConfig(
    { env: { CONTAINERS_CONF: join(home, 'conf') }, home, uid: 1000 },
    [],
  );
  const made = async (flags = ''): Promise<ContainerRecord> =>
    findRecord(bench.engine.store, await bench.ok(`create ${flags} web`));
  return { ...bench, made };
}

const containers = (text: string): string => `[containers]\n${text}\n`;

t.test('a key stands where its flag is not given', async (t) => {
  const { made } = await configured(
    t,
    containers(
      [
        'cgroupns = "host"',
        'env_host = true',
        'init = true',
        'ipcns = "private"',
        'no_hosts = true',
        'oom_score_adj = 7',
        'read_only = true',
        'shm_size = "1m"',
        'umask = "0077"',
        'userns = "keep-id"',
      ].join('\n'),
    ),
  );
  const { options } = await made();
  t.match(options, {
    cgroupns: 'host',
    init: true,
    ipc: 'private',
    noHosts: true,
    oomScoreAdj: 7,
    readOnly: true,
    shmSize: 1 << 20,
    umask: 0o077,
    userns: { mode: 'keep-id' },
  });
  t.equal(options.environment.inherited['HOME'], '/home/caller');
  const flags = '--cgroupns private --init=false --oom-score-adj 8 --read-only=false --umask 0022';
  t.match((await made(`${flags} --add-host a:10.0.0.1 --uidmap 0:0:1`)).options, {
    cgroupns: 'private',
    init: false,
    noHosts: false,
    oomScoreAdj: 8,
    readOnly: false,
    umask: 0o022,
    userns: { mode: 'custom' },
  });
});

t.test('lists come before those of the command line', async (t) => {
  const { made } = await configured(
    t,
    containers(
      [
        'annotations = ["a=1", "b=1"]',
        'default_ulimits = ["nofile=10:10"]',
        'devices = ["/dev/null:/dev/zip"]',
        'dns_servers = ["9.9.9.9"]',
        'log_size_max = 4096',
      ].join('\n'),
    ),
  );
  const { options } = await made('--annotation b=2 --dns 8.8.8.8 --ulimit core=1:1');
  t.same(options.annotations, { a: '1', b: '2' });
  t.same(options.dns, ['8.8.8.8'], 'name servers are replaced');
  t.same(
    options.ulimits.map(({ name }) => name),
    ['nofile', 'core'],
  );
  t.match(options.devices, [{ target: '/dev/zip' }]);
  t.equal(options.log.maxSize, 4096);
  t.same((await made()).options.dns, ['9.9.9.9']);
});

t.test('mounts give way to those of the command line', async (t) => {
  const { made, run } = await configured(
    t,
    containers('volumes = ["/usr:/v"]\nmounts = ["type=bind,src=/usr,dst=/m"]'),
  );
  const targets = ({ options }: ContainerRecord): unknown =>
    options.mounts.map((mount) => [mount.target, mount.kind === 'bind' && mount.source]);
  t.same(targets(await made()), [
    ['/v', '/usr'],
    ['/m', '/usr'],
  ]);
  t.same(targets(await made('-v /etc:/m --tmpfs /v')), [
    ['/m', '/etc'],
    ['/v', false],
  ]);
  t.equal((await run('create -v /usr:/m -v /etc:/m web')).status, 125);
  const bad = await configured(t, containers('mounts = ["type=nonsense,dst=/x"]'));
  t.match(await bad.run('create web'), { status: 125, err: /parsing containers\.conf mounts: / });
});

t.test('variables that the image holds over', async (t) => {
  const { made, ok } = await configured(t, containers('env = ["A=1", "PATH=/conf"]'));
  const record = await made('-e B=2');
  t.same(record.options.environment.configured, { A: '1', PATH: '/conf' });
  t.match(await ok(`inspect --format {{.Config.Env}} ${record.id}`), 'A=1');
});

t.test('capabilities', async (t) => {
  const list = containers('default_capabilities = ["CHOWN", "kill"]');
  const { made } = await configured(t, list);
  const asked = async (flags: string) => {
    const { capAdd, capDrop } = (await made(flags)).options;
    return { capAdd, capDrop };
  };
  t.same(await asked(''), { capAdd: ['CAP_CHOWN', 'CAP_KILL'], capDrop: ['ALL'] });
  t.same(await asked('--cap-add NET_RAW --cap-drop KILL'), {
    capAdd: ['CAP_CHOWN', 'NET_RAW'],
    capDrop: ['ALL', 'KILL'],
  });
  t.same(await asked('--cap-drop ALL'), { capAdd: [], capDrop: ['ALL'] });
  t.same(await asked('--privileged'), { capAdd: ['ALL'], capDrop: [] });
});

t.test('settings of namespaces that the container has', async (t) => {
  const { made, ok } = await configured(
    t,
    containers(
      'default_sysctls = ["net.ipv4.ping_group_range=0 0", "net.ipv4.ip_forward=1", "kernel.msgmax=9"]',
    ),
  );
  const sysctls = async (flags: string) => (await made(flags)).options.sysctls;
  t.same(await sysctls(''), { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '9' });
  t.same(await sysctls('--network host'), { 'kernel.msgmax': '9' });
  t.same(await sysctls('--ipc host'), { 'net.ipv4.ip_forward': '1' });
  t.match(await sysctls('--sysctl kernel.msgmax=8'), { 'kernel.msgmax': '8' });
  await ok('pod create --name p');
  t.same(await sysctls('--pod p'), {});
});

t.test('names of hosts, and what connects containers', async (t) => {
  const { made, ok, engine } = await configured(
    t,
    `${containers('container_name_as_hostname = true')}[network]\ndefault_rootless_network_cmd = "pasta"\n`,
  );
  t.match((await made('--name a_b.c')).options, {
    hostname: 'ab.c',
    network: { mode: 'pasta', options: [] },
  });
  t.equal((await made('--hostname h')).options.hostname, 'h');
  t.equal((await made('--uts host')).options.hostname, null);
  t.same((await made('--network none')).options.network, { mode: 'none' });
  await ok('pod create --name p');
  const holder = await ok('ps -a --filter name=infra --format {{.Names}}');
  t.match(findRecord(engine.store, holder).options.network, { mode: 'pasta' });
  t.match((await made('--pod p')).options, { network: { mode: 'container' }, hostname: null });
});

t.test('the network of containers that name none', async (t) => {
  for (const [mode, network] of [
    ['bridge', { mode: 'bridge' }],
    ['private', { mode: 'default' }],
    ['host', { mode: 'host' }],
  ] as const) {
    const { made } = await configured(t, containers(`netns = "${mode}"`));
    t.match((await made('')).options.network, network, mode);
    t.match((await made('--network none')).options.network, { mode: 'none' });
  }
});

t.test('what a key is wrong about is said of the key', async (t) => {
  const { run } = await configured(t, containers('umask = "99"\nlog_driver = "carrier-pigeon"'));
  t.match(await run('create --log-driver none web'), {
    status: 125,
    err: /--umask.*\(containers\.umask of containers\.conf\)$/,
  });
  t.match(await run('create --umask 0022 web'), { err: /\(containers\.log_driver of containers/ });
  t.notMatch((await run('create --umask 98 --log-driver none web')).err, /containers\.conf/);
});

t.test('keys of other commands', async (t) => {
  const { engine, ok, run } = await configured(
    t,
    '[engine]\npull_policy = "never"\npod_exit_policy = "stop"\nstop_timeout = 3\nimage_parallel_copies = 2\n',
  );
  t.same(parallelCopies(engine), { parallel: 2 });
  t.match(await run('create registry.example/absent'), { err: /image not known/ });
  const id = await ok('create web');
  t.equal(findRecord(engine.store, id).options.stopTimeout, 3);
  const pod = await ok('pod create');
  t.equal(await ok(`pod inspect --format {{.ExitPolicy}} ${pod}`), 'stop');
});

t.test('another file of events', async (t) => {
  const place = join(t.testdir({}), 'events');
  const { ok } = await configured(t, `[engine]\nevents_logfile_path = "${place}"\n`);
  mkdirSync(join(place, '..'), { recursive: true });
  await ok('create --name a web');
  t.equal(await ok('events --stream=false --format {{.Status}}'), 'create');
});
