// What scripts written for podman and docker do, each a small thing.
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

t.test("docker's names with a slash", async (t) => {
  const id = sandbox.ok('create', '--name', '/slashed', 'hello', 'true').trim();
  t.equal(sandbox.ok('inspect', '--format', '{{.Id}} {{.Name}}', '/slashed'), `${id} slashed\n`);
  t.equal(sandbox.ok('ps', '-aq', '--no-trunc', '--filter', 'name=^/slashed$'), `${id}\n`);
  t.equal(sandbox.ok('ps', '-aq', '--filter', 'name=^/slash$'), '');
  sandbox.ok('rm', '/slashed');
});

t.test('the same mount twice is one', async (t) => {
  const mounts = ['-v', '/usr:/u:ro', '-v', '/usr:/u:ro', '--mount', 'type=tmpfs,dst=/t'];
  const shown = sandbox.ok('run', '--rm', ...mounts, 'hello', 'grep', '-c', ' /u ', '/proc/mounts');
  t.equal(shown, '1\n');
  const other = sandbox.run(['run', '--rm', '-v', '/usr:/u', '-v', '/bin:/u', 'hello', 'true']);
  t.match(other, { code: 125, stderr: /\/u: duplicate mount destination/ });
});

t.test('TERM belongs to a terminal', async (t) => {
  const names = (...flags: string[]) =>
    sandbox.ok('run', '--rm', '--network', 'none', ...flags, 'hello', 'env').split(/\r?\n/);
  t.notOk(names().some((line) => line.startsWith('TERM=')));
  t.ok(names('-t').includes('TERM=xterm'));
});

t.test('a pod of which only the holder runs can be removed', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'idle', '--network', 'none');
  sandbox.ok('run', '--pod', 'idle', '--name', 'done', 'hello', 'true');
  sandbox.ok('run', '-d', '--pod', 'idle', '--name', 'busy', 'hello', 'sleep', '1000');
  t.match(sandbox.run(['pod', 'rm', 'idle']), {
    code: 125,
    stderr: /not all containers could be removed/,
  });
  sandbox.ok('rm', '-f', '-t', '0', 'busy');
  sandbox.ok('pod', 'rm', 'idle');
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('filters are regular expressions', async (t) => {
  for (const name of ['first', 'second']) sandbox.ok('volume', 'create', name);
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'name=^f.*t$'), 'first\n');
  t.match(sandbox.run(['volume', 'ls', '--filter', 'name=[']), { code: 125, stderr: /expression/ });
  const pod = sandbox.ok('pod', 'create', '--infra=false', 'plain').trim();
  t.equal(sandbox.ok('pod', 'ps', '-q', '--no-trunc', '--filter', 'id=[0-9a-f]{64}'), `${pod}\n`);
  sandbox.ok('pod', 'rm', 'plain');
});

t.test("docker's name of an event, and podman's of no restart policy", async (t) => {
  sandbox.ok('run', '--name', 'ended', '--network', 'none', 'hello', 'true');
  const events = ['events', '--stream=false', '--filter', 'container=ended', '--format'];
  t.equal(sandbox.ok(...events, '{{.Status}}', '--filter', 'event=die'), 'died\n');
  const policy = '{{.HostConfig.RestartPolicy.Name}}';
  t.equal(sandbox.ok('inspect', '--format', policy, 'ended'), 'no\n');
  sandbox.ok('rm', 'ended');
});

t.test('a file with logins that is not there is an error before anything is done', async (t) => {
  for (const verb of [['pull'], ['create'], ['run'], ['push']]) {
    const { code, stderr } = sandbox.run([...verb, '--authfile', '/no/such/file', 'hello']);
    t.match(
      { code, stderr },
      { code: 125, stderr: /credential file is not accessible: faccessat \/no/ },
    );
  }
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('flags without a meaning, and rw', async (t) => {
  const run = ['run', '--rm', '--network', 'none'];
  const { code, stderr } = sandbox.run([...run, '--kernel-memory', '1g', 'hello', 'true']);
  t.match(
    { code, stderr },
    { code: 0, stderr: / level=warning msg="The --kernel-memory flag is no longer/ },
  );
  const modes = ['rw', 'rw=true', 'rw=false', 'ro=false'].map((word) => {
    const mount = `type=bind,src=/usr,dst=/u,${word}`;
    const line = sandbox.ok(...run, '--mount', mount, 'hello', 'grep', ' /u ', '/proc/mounts');
    return line.split(' ')[3]?.split(',')[0];
  });
  t.same(modes, ['rw', 'rw', 'ro', 'rw']);
});

t.test('listings of pods', async (t) => {
  sandbox.ok('pod', 'create', '--infra=false', '--label', 'of=me', 'labelled');
  const label = '{{.Label "of"}}{{.Label "none"}}';
  t.equal(sandbox.ok('pod', 'ps', '--format', label), 'me\n');
  t.equal(sandbox.ok('pod', 'ps', '-n').split('\n').length, 2, 'no line of titles');
  sandbox.ok('pod', 'rm', 'labelled');
});

t.test('without a health check there is no health', async (t) => {
  sandbox.ok('create', '--name', 'unchecked', '--network', 'none', 'hello', 'true');
  const format = '{{if .State.Health}}has{{else}}none{{end}} {{json .State.Health}}';
  t.equal(sandbox.ok('inspect', '--format', format, 'unchecked'), 'none null\n');
  sandbox.ok('rm', 'unchecked');
});

t.test('what programs ask of the machine and its disk', async (t) => {
  const parts = '{{.Host.NetworkBackend}} {{.Host.RootlessNetworkCmd}} {{.Host.DatabaseBackend}}';
  t.equal(sandbox.ok('info', '--format', parts), 'netavark slirp4netns files\n');
  const logger = ['info', '--format', '{{.Host.EventLogger}}'];
  t.equal(sandbox.ok('--events-backend', 'none', ...logger), 'none\n');
  t.match(sandbox.ok('info', '--format', '{{.Host.Conmon.Path}}'), /\/bryo-launcher\n$/);
  const lines = sandbox.ok('system', 'df', '--format', '{{json .}}').trimEnd().split('\n');
  t.same(
    lines.map((line) => (JSON.parse(line) as { Type: string }).Type),
    ['Images', 'Containers', 'Local Volumes'],
  );
  const none = sandbox.run(['--events-backend', 'none', 'events', '--stream=false']);
  t.match(none, { code: 125, stderr: /cannot read events with the "none" backend/ });
});

t.test('signals with a dash, as kill(1) has them', async (t) => {
  const loop = 'trap "exit 7" INT; echo ready; while :; do sleep 0.1; done';
  sandbox.ok('run', '-d', '--name', 'dash', '--network', 'none', 'hello', 'sh', '-c', loop);
  await eventually('it is ready', () => sandbox.ok('logs', 'dash') === 'ready\n');
  sandbox.ok('kill', '-s', '-INT', 'dash');
  t.equal(sandbox.ok('wait', 'dash'), '7\n');
  sandbox.ok('rm', 'dash');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
