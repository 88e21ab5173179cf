/** What podman's own client does with `bryo system service` (`podman --remote`). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Result, Sandbox } from '../support/bryo.ts';
import { runProgram } from '../support/client.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Service } from '../support/service.ts';

requirePrograms('podman', 'curl');
const sandbox = new Sandbox();
sandbox.ok('images');
const service = new Service(sandbox);
const place = sandbox.makeDirectory('podman');
t.before(() => service.ready());
t.teardown(async () => {
  await service.stop();
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

function podman(args: readonly string[], input = ''): Promise<Result> {
  const env = { HOME: place, XDG_RUNTIME_DIR: place, XDG_CONFIG_HOME: place };
  return runProgram(
    ['podman', '--remote', '--url', `unix://${service.socket}`, ...args],
    env,
    input,
  );
}

/** The output of a command that has to succeed. */
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await podman(args);
  if (code !== 0) throw new Error(`podman ${args.join(' ')}: status ${code}, ${stderr}`);
  return stdout.trimEnd();
}

const alone = ['--network', 'none'];

t.test('version and info', async (t) => {
  t.match(await ok('version', '--format', '{{.Server.APIVersion}}'), /^5\.\d+\.\d+$/);
  t.equal(await ok('info', '--format', '{{.Host.ServiceIsRemote}}'), 'true');
});

t.test('run: what comes out, what goes in, how it ends', async (t) => {
  const run = (...args: string[]) => podman(['run', '--rm', ...alone, ...args]);
  t.same(await run('hello', 'sh', '-c', 'echo out; echo err >&2; exit 3'), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  const echoed = await podman(['run', '--rm', '-i', ...alone, 'hello', 'cat'], 'given\n');
  t.same(echoed, { code: 0, stdout: 'given\n', stderr: '' });
  t.match(await run('-t', 'hello', 'tty'), { code: 0, stdout: /^\/dev\/pts\/\d/ });
  t.match(await run('hello', 'nosuch'), { code: 127, stderr: /executable file .*not found/ });
  t.equal((await run('hello', '/etc/passwd')).code, 126);
  t.equal(await ok('ps', '-aq'), '', 'nothing is left of any');
});

t.test('a container from its start to its removal', async (t) => {
  const script = 'echo one; echo two >&2; exec sleep 1000';
  const flags = ['--name', 'c', '--init', '-e', 'A=b', '-w', '/tmp', '--health-cmd', 'true'];
  const id = await ok('run', '-d', ...flags, ...alone, 'hello', 'sh', '-c', script);
  t.match(id, /^[0-9a-f]{64}$/);
  t.equal(
    await ok('ps', '--filter', 'name=c', '--format', '{{.Names}} {{.Image}}'),
    'c localhost/hello:latest',
  );
  let logs = await podman(['logs', 'c']);
  for (let look = 0; look < 50 && logs.stderr === ''; look += 1) logs = await podman(['logs', 'c']);
  t.same(logs, { code: 0, stdout: 'one\n', stderr: 'two\n' });
  t.match(await podman(['exec', 'c', 'sh', '-c', 'echo $A; pwd; exit 5']), {
    code: 5,
    stdout: 'b\n/tmp\n',
  });
  t.match(await ok('top', 'c', 'args'), /sleep 1000/);
  t.match(await podman(['healthcheck', 'run', 'c']), { code: 0 });
  writeFileSync(join(place, 'note'), 'copied');
  await ok('cp', join(place, 'note'), 'c:/root/new');
  t.equal(await ok('exec', 'c', 'cat', '/root/new'), 'copied');
  const back = sandbox.makeDirectory('podman-back');
  await ok('cp', 'c:/root', back);
  t.equal(readFileSync(join(back, 'root', 'new'), 'utf8'), 'copied');
  t.equal(
    await ok('inspect', '--format', '{{.State.Status}} {{.Config.WorkingDir}}', 'c'),
    'running /tmp',
  );
  await ok('rename', 'c', 'd');
  t.match(await ok('stats', '--no-stream', '--format', '{{.Name}}', 'd'), 'd');
  await ok('stop', '-t', '5', 'd');
  t.equal(await ok('wait', 'd'), '143');
  t.match(await podman(['rm', 'none-such']), { code: 1, stderr: /no such container/ });
  await ok('rm', 'd');
  t.equal(await ok('ps', '-aq'), '');
  const events = await ok(
    'events',
    '--stream=false',
    '--since',
    '5m',
    '--filter',
    `container=${id}`,
  );
  for (const event of ['rename', 'died', 'remove'])
    t.match(events, new RegExp(`container ${event} `));
});

t.test('services of systemd', async (t) => {
  await ok('create', '--name', 'unit', ...alone, '-e', 'A=b c', 'hello', 'echo', 'x');
  const generate = ['generate', 'systemd', '--name', '--no-header'];
  t.match(await ok(...generate, '--wants', 'a.service', 'unit'), /^Wants=a\.service$/m);
  const anew = await ok(...generate, '--new', '--time', '4', '--container-prefix', 'p', 'unit');
  t.match(anew, /^Description=bryo p-unit\.service$/m);
  t.match(
    anew,
    /^ExecStart=\S+ --root=\S+ --runroot=\S+ run --detach --name unit .*"--env=A=b c" hello echo x$/m,
  );
  t.match(anew, /^ExecStop=\S+ --root=\S+ --runroot=\S+ stop --ignore --time 4 unit$/m);
  t.match(await podman([...generate, 'nobody']), { stderr: /nobody does not refer to/ });
  await ok('rm', 'unit');
});

t.test('images: commit, tag, save, load, history, removal', async (t) => {
  await ok('create', '--name', 'base', ...alone, 'hello', 'true');
  await ok('commit', '-q', '--change', 'LABEL a=b', 'base', 'made:1');
  t.equal(await ok('inspect', '--format', '{{.Labels.a}}', 'made:1'), 'b');
  await ok('tag', 'made:1', 'other:2');
  const archive = join(place, 'archive.tar');
  await ok('save', '-o', archive, 'made:1');
  await ok('rmi', 'made:1', 'other:2');
  t.match(await ok('load', '-i', archive), /localhost\/made:1/);
  t.match(await ok('history', 'made:1'), /bryo/);
  t.equal((await podman(['image', 'exists', 'made:1'])).code, 0);
  t.match(await podman(['rmi', 'hello']), { code: 2, stderr: /used by container base/ });
  await ok('rm', 'base');
  t.match(await ok('rmi', 'made:1'), /Untagged: localhost\/made:1/);
  t.equal((await podman(['image', 'exists', 'made:1'])).code, 1);
});

t.test('build', async (t) => {
  const context = sandbox.makeDirectory('podman-context');
  const lines = ['FROM hello', 'COPY note /note', 'RUN cat /note > /made', 'CMD ["cat", "/made"]'];
  writeFileSync(join(context, 'Containerfile'), `${lines.join('\n')}\n`);
  writeFileSync(join(context, 'note'), 'of the context');
  t.match(await ok('build', '-t', 'built:1', context), /STEP 4\/4.*\n[0-9a-f]{64}$/s);
  t.equal(await ok('run', '--rm', ...alone, 'built:1'), 'of the context');
  t.match(await ok('build', '-q', '--label', 'a=b', context), /^[0-9a-f]{64}$/);
  writeFileSync(join(context, 'Bad'), 'FROM hello\nRUN exit 7\n');
  const bad = await podman(['build', '-f', join(context, 'Bad'), context]);
  t.match(bad, { stderr: /at STEP "RUN exit 7": .* exit status 7/ });
  t.not(bad.code, 0);
  await ok('rmi', 'built:1');
});

t.test('volumes, networks and secrets', async (t) => {
  t.equal(await ok('volume', 'create', '--label', 'a=b', 'vol'), 'vol');
  const volume = ['--rm', ...alone, '-v', 'vol:/data', 'hello'];
  await ok('run', ...volume, 'sh', '-c', 'echo kept > /data/x');
  t.equal(await ok('run', ...volume, 'cat', '/data/x'), 'kept');
  t.equal(await ok('volume', 'inspect', '--format', '{{.Labels.a}}', 'vol'), 'b');
  t.equal(await ok('volume', 'rm', 'vol'), 'vol');
  t.match(await podman(['volume', 'rm', 'vol']), { code: 1, stderr: /no such volume/ });
  await ok('network', 'create', '--subnet', '10.99.7.0/24', 'n');
  const addressed = await ok('run', '--rm', '--network', 'n', 'hello', 'ip', '-4', 'addr');
  t.match(addressed, /inet 10\.99\.7\.\d+\/24 .* eth0/);
  t.match(await ok('network', 'ls', '--format', '{{.Name}}'), /^n$/m);
  t.equal(await ok('network', 'rm', 'n'), 'n');
  writeFileSync(join(place, 'hidden'), 'hidden');
  await ok('secret', 'create', 's', join(place, 'hidden'));
  const given = await ok(
    'run',
    '--rm',
    ...alone,
    '--secret',
    's',
    'hello',
    'cat',
    '/run/secrets/s',
  );
  t.equal(given, 'hidden');
  await ok('secret', 'rm', 's');
});

t.test('pods', async (t) => {
  await ok('pod', 'create', '--name', 'p');
  await ok('run', '-d', '--pod', 'p', '--name', 'member', 'hello', 'sleep', '1000');
  t.equal(
    await ok('pod', 'inspect', '--format', '{{.State}} {{.NumContainers}}', 'p'),
    'Running 2',
  );
  t.match(await ok('pod', 'ps', '--format', '{{.Name}} {{.Status}}'), 'p Running');
  t.match(await ok('pod', 'top', 'p', 'args'), /sleep 1000/);
  await ok('pod', 'stop', '-t', '0', 'p');
  t.match(await ok('pod', 'inspect', '--format', '{{.State}}', 'p'), /Exited|Stopped/);
  await ok('pod', 'rm', 'p');
  t.match(await podman(['pod', 'inspect', 'p']), { code: 125, stderr: /no such pod/ });
});

t.test('what a client asks for in vain', async (t) => {
  t.match(await podman(['run', '--rm', ...alone, '--log-driver', 'splunk', 'hello']), {
    code: 125,
    stderr: /log_configuration\.driver: invalid log driver/,
  });
  t.match(await podman(['inspect', 'nothing']), { code: 125, stderr: /no such object/ });
});

t.test('Kubernetes YAML: play, generate, down', async (t) => {
  const file = join(place, 'kube.yaml');
  const container = {
    ...{ name: 'c', image: 'hello', command: ['sh', '-c', 'cat /settings/word; exec sleep 1000'] },
    volumeMounts: [{ name: 'v', mountPath: '/settings' }],
  };
  const volumes = [{ name: 'v', configMap: { name: 'words' } }];
  const spec = { containers: [container], volumes, terminationGracePeriodSeconds: 0 };
  const documents = [
    { kind: 'ConfigMap', metadata: { name: 'words' }, data: { word: 'said' } },
    { kind: 'Deployment', metadata: { name: 'd' }, spec: { template: { spec } } },
    { kind: 'PersistentVolumeClaim', metadata: { name: 'claimed' } },
  ];
  writeFileSync(file, documents.map((one) => JSON.stringify(one)).join('\n---\n'));
  const made = /^Volumes:\nclaimed\nPod:\n[0-9a-f]{64}\nContainer:\n[0-9a-f]{64}$/;
  t.match(await ok('kube', 'play', ...alone, file), made);
  let logs = '';
  for (let look = 0; look < 50 && logs === ''; look += 1) logs = await ok('logs', 'd-pod-c');
  t.equal(logs, 'said');
  const again = await podman(['kube', 'play', ...alone, file]);
  t.match(again, { code: 125, stderr: /name "d-pod" is in use: pod already exists/ });
  const written = await ok('generate', 'kube', 'd-pod');
  t.match(written, /\nkind: Pod\n(.|\n)*claimName: words$/);
  t.match(await ok('kube', 'down', file), /^Pods stopped:\n[0-9a-f]{64}\nPods removed:\n/);
  t.equal(await ok('pod', 'ps', '-q'), '');
  await ok('volume', 'rm', 'words', 'claimed');
});

t.test('Kubernetes YAML with what its images are built of', async (t) => {
  const sent = sandbox.makeDirectory('podman-kube');
  const pod = {
    ...{ kind: 'Pod', metadata: { name: 'sent' } },
    spec: { containers: [{ name: 'c', image: 'localhost/sent:1' }] },
  };
  writeFileSync(join(sent, 'play.yaml'), JSON.stringify(pod));
  mkdirSync(join(sent, 'sent'));
  writeFileSync(join(sent, 'sent', 'Containerfile'), 'FROM hello\nLABEL made=here\n');
  const archive = join(place, 'kube.tar');
  const packed = await runProgram(['tar', '-C', sent, '-cf', archive, '.'], {}, '');
  t.equal(packed.code, 0);
  const address = 'http://d/v5.4.2/libpod/play/kube?start=false&build=true';
  const head = ['-H', 'Content-Type: application/x-tar', '--data-binary', `@${archive}`];
  const { stdout } = await runProgram(
    ['curl', '-sS', '--unix-socket', service.socket, ...head, address],
    {},
    '',
  );
  t.match(JSON.parse(stdout), {
    Pods: [{ Containers: [/^[0-9a-f]{64}$/], ContainerErrors: null }],
  });
  t.equal(await ok('inspect', '--format', '{{.Config.Labels.made}}', 'sent-c'), 'here');
  await ok('pod', 'rm', '-f', 'sent');
  await ok('rmi', 'localhost/sent:1');
});
