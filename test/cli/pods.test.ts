import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const pod = (...args: string[]): string => sandbox.ok('pod', ...args);
const fails = (...args: string[]) => sandbox.run(['pod', ...args]);
const status = (name: string): string => pod('inspect', '--format', '{{.State}}', name).trim();
const inspect = (name: string, format: string): string =>
  sandbox.ok('inspect', '--format', format, name).trim();

t.test('containers of a pod share network, IPC and host name', async (t) => {
  const port = await freePort();
  const idFile = join(sandbox.makeDirectory('ids'), 'id');
  const flags = ['--share', '+pid', '--label', 'tier=web', '--pod-id-file', idFile];
  const id = pod('create', '--name', 'web', '-p', `127.0.0.1:${port}:80`, ...flags).trim();
  t.equal(readFileSync(idFile, 'utf8'), id);
  t.equal(status('web'), 'Created');
  const serve = 'echo kept > /dev/shm/x; echo ready; exec httpd -f -p 80 -h /etc';
  sandbox.ok('run', '-d', '--pod', 'web', '--name', 'server', 'hello', 'sh', '-c', serve);
  await eventually('it serves', () => {
    const curl = spawnSync('curl', ['-s', `http://127.0.0.1:${port}/hostname`], {
      encoding: 'utf8',
    });
    return curl.stdout === 'web\n';
  });
  const look =
    'hostname; cat /dev/shm/x; wget -qO- http://localhost/hostname; cat /proc/1/comm; grep -c server /etc/hosts';
  const member = ['run', '--pod-id-file', idFile, '--name', 'client'];
  t.equal(sandbox.ok(...member, 'hello', 'sh', '-c', look), 'web\nkept\nweb\nbryo-pause\n1\n');
  t.equal(status('web'), 'Degraded');
  const [row] = JSON.parse(pod('ps', '--format', 'json', '--filter', 'label=tier=web'));
  t.match(row, { Id: id, Name: 'web', Status: 'Degraded', Networks: ['slirp4netns'] });
  t.match(row.Containers, [
    { Names: `${id.slice(0, 12)}-infra`, Status: 'running' },
    { Names: 'server', Status: 'running' },
    { Names: 'client', Status: 'exited' },
  ]);
  t.match(pod('ps').split('\n')[1], /^[0-9a-f]{12} +web +Degraded +.* [0-9a-f]{12} +3$/);
  t.match(pod('ps', '--ns'), / CGROUP +NAMESPACES +# OF CONTAINERS\n.* \S+,net,\S+ +3\n$/);
  t.match(
    sandbox.ok('ps', '-a', '--pod', '--filter', 'pod=web'),
    /POD ID +PODNAME\n(.* web\n){3}$/,
  );
  t.equal(inspect('server', '{{.Pod}} {{.IsInfra}}'), `${id} false`);
  t.match(pod('logs', '--names', 'web'), /^server ready\n/);
  t.equal(pod('logs', '--names', '-c', 'server', 'web'), 'ready\n');
  t.match(pod('logs', '--follow', '--until', '1s', 'web'), / ready\n/, 'ends by itself');
  t.match(pod('logs', '--color', 'web'), /^\u001b\[31m[0-9a-f]{12}\u001b\[0m ready\n/);
  const top = pod('top', 'web', 'pid', 'args').split('\n');
  t.match(top.slice(0, 2), [/^PID +COMMAND$/, /^1 +bryo-pause$/]);
  t.match(top[2], /httpd/);
  t.match(pod('stats', '--no-stream', 'web'), /^POD +ID +NAME[^\n]*\n[0-9a-f]{12} +\S+ +server /);
});

t.test('what a pod refuses', async (t) => {
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', 'web').trim();
  t.match(sandbox.run(['rm', '-f', infra]), {
    code: 125,
    stderr:
      /is the infra container of pod [0-9a-f]{64} and cannot be removed without removing the pod/,
  });
  t.match(fails('rm', 'web'), {
    code: 125,
    stderr: /not all containers could be removed from pod [0-9a-f]{64}: .* run/,
  });
  t.match(fails('create', '--name', 'server'), { code: 125, stderr: /already in use/ });
  t.match(sandbox.run(['create', '--name', 'web', 'hello']), { stderr: /in use by a pod/ });
  t.match(fails('create', '--infra-image', 'localhost/none'), { code: 125, stdout: '' });
  t.match(fails('create', '--share', 'mnt'), {
    code: 125,
    stderr: /invalid kernel namespace to share: mnt\. Options are:/,
  });
  t.match(fails('create', '--infra=false', '-p', '80'), { code: 125, stderr: /--publish cannot/ });
  t.match(fails('create', '--network', 'none', '-p', '80'), { code: 125, stderr: /--publish/ });
  t.match(fails('rm', '--ignore', 'nobody'), { code: 0, stdout: '', stderr: '' });
  t.match(fails('rm', '--force', 'nobody'), { code: 0, stdout: '', stderr: '' });
  t.match(fails('rm', 'nobody'), { code: 1, stderr: /no such pod/ });
  t.match(fails('stop', '-la'), { code: 125, stderr: /cannot be used together/ });
  t.match(fails('create', '--share', 'none', '--dns', '1.1.1.1'), { stderr: /--share none/ });
  t.match(fails('create', '--no-hosts', '--add-host', 'a:1.1.1.1'), { stderr: /exclude each/ });
  t.match(fails('ps', '--filter', 'ctr-status=odd'), { code: 125, stderr: /container status/ });
  t.match(sandbox.run(['run', '--pod', 'new:', 'hello']), { code: 125, stderr: /name of a pod/ });
  t.equal(fails('exists', 'nobody').code, 1);
  const cases: [string[], RegExp][] = [
    [['-p', '80'], /published ports must be defined when the pod is created/],
    [['--hostname', 'x'], /the host name is shared/],
    [['--dns', '1.1.1.1'], /--dns cannot be used/],
    [['--init-ctr', 'sometimes'], /once or always/],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr } = sandbox.run(['create', '--pod', 'web', ...flags, 'hello']);
    t.equal(code, 125);
    t.match(stderr, message);
  }
});

t.test('inspect shows the fields that podman has', async (t) => {
  const flags = ['--label', 'a=b', '--add-host', 'db:10.0.0.1', '--dns', '10.0.0.2'];
  const mounts = ['-v', '/tmp:/t:ro', '-v', 'kept:/kept'];
  pod('create', '--name', 'shown', '-p', '8099:80', ...flags, ...mounts, '--userns', 'keep-id');
  const shown = JSON.parse(pod('inspect', 'shown'));
  t.match(shown, {
    Name: 'shown',
    State: 'Created',
    ExitPolicy: 'continue',
    Labels: { a: 'b' },
    CreateCgroup: false,
    CreateInfra: true,
    SharedNamespaces: ['ipc', 'net', 'uts', 'user'],
    NumContainers: 1,
    Containers: [{ Id: shown.InfraContainerID, State: 'created' }],
  });
  t.match(shown.InfraConfig, {
    PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8099' }] },
    HostNetwork: false,
    DNSServer: ['10.0.0.2'],
    NoManageHosts: false,
    HostAdd: ['db:10.0.0.1'],
    pid_ns: 'private',
    userns: 'private',
    uts_ns: 'private',
  });
  const volume = join(sandbox.root, 'volumes', 'kept', '_data');
  t.match(shown.mounts, [
    { Type: 'volume', Name: 'kept', Source: volume, Destination: '/kept', RW: true },
    { Type: 'bind', Source: '/tmp', Destination: '/t', RW: false, Propagation: 'rprivate' },
  ]);
  t.match(sandbox.ok('inspect', '-f', '{{.Name}} {{.State}}', 'shown'), 'shown Created\n');
  t.match(JSON.parse(sandbox.ok('inspect', '-l', '--type', 'pod')), [{ Name: 'shown' }]);
  t.match(sandbox.run(['inspect', '--type', 'container', 'shown']), { code: 125, stdout: '[]\n' });
  t.match(JSON.parse(pod('inspect', 'shown', 'web')), [{ Name: 'shown' }, { Name: 'web' }]);
  const half = fails('inspect', '-f', '{{.Name}}', 'nobody', 'shown');
  t.match(half, { code: 125, stdout: 'shown\n', stderr: /no such pod nobody/ });
  t.match(fails('inspect', 'nobody'), { code: 125, stdout: '[]\n' });
  pod('rm', 'shown');
});

t.test('stop, start, kill, rm', async (t) => {
  t.equal(pod('stop', '-t', '1', 'web'), 'web\n');
  t.equal(status('web'), 'Exited');
  t.match(inspect('client', '{{.State.ExitCode}}'), '0');
  const id = pod('inspect', '-f', '{{.ID}}', 'web').trim();
  t.equal(pod('start', id.slice(0, 12)), 'web\n', 'the name, whatever was given');
  await eventually('the client has ended again', () => status('web') === 'Degraded');
  pod('kill', 'web');
  await eventually('all have ended', () => status('web') === 'Exited');
  t.match(fails('kill', 'web'), { code: 0, stderr: '' }, 'nothing is left to be killed');
  t.match(pod('prune', '-f'), /^[0-9a-f]{64}\n$/);
  t.equal(pod('ps', '-q'), '');
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('a pod made for a container, with init containers', async (t) => {
  const share = ['-v', 'made:/made'];
  pod(
    'create',
    '--replace',
    '--name',
    'prepared',
    '--network',
    'none',
    ...share,
    '--restart',
    'no',
  );
  const member = ['create', '--pod', 'prepared'];
  const add = (text: string) => ['hello', 'sh', '-c', `echo ${text} >> /made/log`];
  sandbox.ok(...member, '--init-ctr', 'once', '--name', 'first', ...add('once'));
  sandbox.ok(...member, '--init-ctr', 'always', ...add('always'));
  sandbox.ok(...member, '--name', 'main', 'hello', 'cat', '/made/log');
  pod('start', 'prepared');
  await eventually('it has run', () => inspect('main', '{{.State.Status}}') === 'exited');
  pod('start', 'prepared');
  await eventually('it has run again', () => sandbox.ok('logs', 'main').length > 20);
  t.equal(sandbox.ok('logs', 'main'), 'once\nalways\nonce\nalways\nalways\n');
  t.equal(sandbox.run(['container', 'exists', 'first']).code, 1, 'the one for once is gone');
  pod('rm', '-f', 'prepared');
  sandbox.ok('volume', 'rm', 'made');
  const fresh = ['run', '--rm', '--network', 'none', '--userns', 'keep-id', '--pod', 'new:fresh'];
  t.match(sandbox.ok(...fresh, 'hello', 'id', '-u'), /^[1-9]\d*\n$/);
  t.equal(status('fresh'), 'Running');
  t.match(sandbox.run([...fresh, 'hello']), { code: 125, stderr: /"fresh" is already in use/ });
  pod('rm', '-f', 'fresh');
});

t.test('clone', async (t) => {
  const flags = ['--network', 'none', '--label', 'a=b', '-v', 'kept:/kept'];
  pod('create', '--name', 'first', ...flags);
  const member = ['create', '--pod', 'first', '--name'];
  sandbox.ok(...member, 'm1', '--init', 'hello', 'sleep', '100');
  sandbox.ok(...member, 'm2', '--requires', 'm1', 'hello', 'sh', '-c', 'hostname; id -u; ls /kept');
  const id = pod('clone', '--label', 'c=d', 'first').trim();
  const copy = JSON.parse(pod('inspect', 'first-clone'));
  t.match(copy, { Id: id, State: 'Created', Hostname: 'first-clone', Labels: { a: 'b', c: 'd' } });
  t.match(copy.mounts, [{ Name: 'kept', Destination: '/kept' }]);
  const names = copy.Containers.map(({ Name }: { Name: string }) => Name);
  t.same(names, [`${id.slice(0, 12)}-infra`, 'm1-clone', 'm2-clone']);
  const m1 = inspect('m1-clone', '{{.Id}}');
  const infra = copy.InfraContainerID;
  t.same(JSON.parse(inspect('m2-clone', '{{json .Dependencies}}')).sort(), [m1, infra].sort());
  t.equal(inspect('m2-clone', '{{.HostConfig.NetworkMode}}'), `container:${infra}`);
  pod('start', 'first');
  const change = ['--userns', 'keep-id', '--hostname', 'other', '-v', '/etc/ssl:/kept'];
  pod('clone', '--destroy', '--start', ...change, 'first', 'second');
  t.equal(fails('exists', 'first').code, 1);
  await eventually('it has run', () => inspect('m2-clone1', '{{.State.Status}}') === 'exited');
  t.match(sandbox.ok('logs', 'm2-clone1'), /^other\n[1-9]\d*\n(.*\n)*certs\n/);
  t.equal(status('second'), 'Degraded');
  t.match(fails('clone', 'nobody'), { code: 125, stderr: /no such pod/ });
  t.match(fails('clone'), { code: 125 });
  t.match(fails('clone', 'second', 'second'), { code: 125, stderr: /already in use/ });
  pod('create', '--infra=false', '--name', 'bare');
  t.match(fails('clone', '--pid', 'host', 'bare'), { code: 125, stderr: /nothing is shared/ });
  pod('clone', 'bare');
  t.equal(pod('ps', '-q').trim().split('\n').length, 4);
  pod('rm', '-f', '-t', '0', 'second', 'first-clone', 'bare', 'bare-clone');
  sandbox.ok('volume', 'rm', 'kept');
});

t.test('a pod that ends with its last container', async (t) => {
  pod('create', '--name', 'brief', '--network', 'none', '--exit-policy', 'stop');
  const member = ['create', '--pod', 'brief', '--name'];
  sandbox.ok(...member, 'a', 'hello', 'true');
  sandbox.ok(...member, 'b', '--init', 'hello', 'sleep', '100');
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', 'brief').trim();
  sandbox.ok('start', infra);
  const pid = inspect(infra, '{{.State.Pid}}');
  sandbox.ok('start', 'b');
  sandbox.ok('exec', 'b', 'true');
  sandbox.ok('start', 'a');
  await eventually('one has ended', () => inspect('a', '{{.State.Status}}') === 'exited');
  t.equal(inspect(infra, '{{.State.Status}}'), 'running', 'the other one is there');
  sandbox.ok('rm', '-f', '-t', '0', 'b');
  await eventually('the holder has ended', () => status('brief') === 'Exited');
  t.notOk(existsSync(`/proc/${pid}`));
  pod('rm', 'brief');
});

t.test('a pod that nothing has joined waits for its first container', async (t) => {
  pod('create', '--name', 'empty', '--network', 'none', '--exit-policy', 'stop');
  pod('start', 'empty');
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', 'empty').trim();
  const pid = inspect(infra, '{{.State.Pid}}');
  sandbox.ok('run', '--rm', '-d', '--pod', 'empty', '--name', 'first', 'hello', 'sleep', '100');
  t.equal(inspect(infra, '{{.State.Pid}}'), pid, 'the holder was there all the time');
  sandbox.ok('rm', '-f', '-t', '0', 'first');
  await eventually('the holder has ended', () => status('empty') === 'Exited');
  pod('rm', 'empty');
});

t.test('containers that start at the same time start their pod once', async (t) => {
  pod('create', '--name', 'crowd', '--network', 'none');
  const names = ['c0', 'c1', 'c2', 'c3', 'c4'];
  const starts = names.map((name) =>
    sandbox.start(['run', '-d', '--pod', 'crowd', '--name', name, 'hello', 'sleep', '100']),
  );
  const codes = await Promise.all(starts.map(async (child) => (await once(child, 'close'))[0]));
  t.same(codes, [0, 0, 0, 0, 0]);
  const namespaces = names.map((name) => sandbox.ok('exec', name, 'readlink', '/proc/self/ns/net'));
  t.equal(new Set(namespaces).size, 1, 'all are in the same network');
  pod('rm', '-f', '-t', '0', 'crowd');
});

t.test('a holder whose monitor is killed', async (t) => {
  pod('create', '--name', 'killed', '--network', 'none');
  sandbox.ok('run', '-d', '--pod', 'killed', '--name', 'left', 'hello', 'sleep', '100');
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', 'killed').trim();
  process.kill(Number(inspect(infra, '{{.State.ConmonPid}}')), 'SIGKILL');
  await eventually('it is known', () => status('killed') === 'Degraded');
  t.equal(inspect('left', '{{.State.Status}}'), 'running');
  pod('rm', '-f', '-t', '0', 'killed');
});

t.test('nothing is left behind', async (t) => {
  t.same(readdirSync(join(sandbox.root, 'pods')), []);
  t.same(sandbox.close(), []);
});
