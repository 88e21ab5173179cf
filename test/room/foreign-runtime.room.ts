// Containers that another OCI runtime of the machine runs.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { GroupSandbox } from './support.ts';

requirePrograms('crun');
const sandbox = new GroupSandbox();
const crun = ['--runtime', 'crun'];
const quick = [...crun, 'run', '--rm', '--network', 'none'];

t.test('streams, statuses and terminals', async (t) => {
  const script = 'echo out; echo err >&2; cat; exit 3';
  const result = sandbox.run([...quick, '-i', 'hello', 'sh', '-c', script], { input: 'typed' });
  t.same(result, { code: 3, stdout: 'out\ntyped', stderr: 'err\n' });
  // On a slow machine crun ends without what a terminal has shown in the last moment.
  const lasting = [...quick, '-t', 'hello', 'sh', '-c', 'tty; sleep 1'];
  t.match(sandbox.ok(...lasting), /^\/dev\/pts\/0\r\n$/);
  const missing = sandbox.run([...quick, 'hello', 'nosuch']);
  t.match(missing, {
    code: 127,
    stdout: '',
    stderr: /^Error: crun: executable file .nosuch. not found/,
  });
  const detached = sandbox.run([...quick, '-d', 'hello', 'nosuch']);
  t.match(detached, { code: 127, stdout: '' });
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('mounts, users and ids', async (t) => {
  const source = sandbox.makeDirectory('source');
  writeFileSync(join(source, 'file'), 'of the host');
  chmodSync(join(source, 'file'), 0o644);
  const flags = [
    '-v',
    'kept:/etc',
    '-v',
    `${source}:/s:ro`,
    '--tmpfs',
    '/t',
    '-u',
    '65534',
    '-w',
    '/s',
  ];
  const look = 'id -u; pwd; cat file; touch x 2>&1; touch /t/x; ls /etc | grep -c passwd';
  t.equal(
    sandbox.ok(...quick, ...flags, 'hello', 'sh', '-c', look),
    '65534\n/s\nof the hosttouch: x: Read-only file system\n1\n',
  );
  t.match(sandbox.ok(...quick, '-v', 'kept:/k', 'hello', 'ls', '/k'), /^passwd$/m, 'copied up');
  const map = sandbox.ok(
    ...quick,
    '--userns',
    'keep-id:uid=7,gid=7',
    'hello',
    'sh',
    '-c',
    'id -u; ls -d /sys/class',
  );
  t.equal(map, '7\n/sys/class\n');
  const network = [...crun, 'run', '--rm', '--network', 'slirp4netns', '--userns', 'keep-id'];
  t.match(sandbox.ok(...network, 'hello', 'ls', '/sys/class/net'), /lo/);
  t.match(sandbox.ok(...network, 'hello', 'cat', '/proc/net/dev'), /tap0/);
});

t.test('exec, kill, pause, cp, stop and rm go by way of it', async (t) => {
  const loop =
    'trap "echo usr" USR1; trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.1; done';
  const id = sandbox
    .ok(...crun, 'run', '-d', '--network', 'none', '--name', 'w', 'hello', 'sh', '-c', loop)
    .trim();
  t.equal(sandbox.inspect('w', '.OCIRuntime'), 'crun');
  const pid = sandbox.inspect('w', '.State.Pid');
  t.equal(readFileSync(`/proc/${pid}/comm`, 'utf8'), 'sh\n', "the container's own process");
  const state = join(sandbox.runroot, 'containers', id, 'oci', 'state', id);
  t.ok(existsSync(state), 'the runtime knows it');
  t.match(sandbox.run(['exec', '-i', 'w', 'sh', '-c', 'cat; exit 4'], { input: 'in' }), {
    code: 4,
    stdout: 'in',
  });
  t.match(sandbox.ok('exec', '-t', 'w', 'tty'), /\/dev\/pts\/0/);
  t.equal(
    sandbox.ok(
      'exec',
      '-u',
      '65534',
      '-e',
      'A=b',
      '-w',
      '/bin',
      'w',
      'sh',
      '-c',
      'id -u; echo $A; pwd',
    ),
    '65534\nb\n/bin\n',
  );
  t.notMatch(sandbox.ok('top', 'w'), /crun/);
  sandbox.ok('pause', 'w');
  t.equal(sandbox.inspect('w', '.State.Status'), 'paused');
  sandbox.ok('unpause', 'w');
  const file = join(sandbox.directory, 'copied');
  writeFileSync(file, 'copied');
  sandbox.ok('cp', file, 'w:/tmp/copied');
  t.equal(sandbox.ok('exec', 'w', 'cat', '/tmp/copied'), 'copied');
  sandbox.ok('kill', '-s', 'USR1', 'w');
  await eventually('it has heard', () => sandbox.ok('logs', 'w').includes('usr'));
  sandbox.ok('stop', 'w');
  t.equal(sandbox.ending('w'), 'exited 5 0');
  t.equal(sandbox.ok('logs', 'w'), 'ready\nusr\nterm\n');
  t.notOk(existsSync(state), 'and has forgotten it');
  sandbox.ok('start', 'w');
  sandbox.ok('kill', 'w');
  t.equal(sandbox.ok('wait', 'w'), '137\n');
  sandbox.ok('rm', 'w');
});

t.test('what a killed monitor leaves is ended by the next start', async (t) => {
  sandbox.ok(...crun, 'run', '-d', '--network', 'none', '--name', 'k', 'hello', 'sleep', '1000');
  const pid = sandbox.inspect('k', '.State.Pid');
  process.kill(Number(sandbox.inspect('k', '.State.ConmonPid')), 'SIGKILL');
  await eventually(
    'nobody looks after it',
    () => sandbox.inspect('k', '.State.Status') !== 'running',
  );
  sandbox.ok('start', 'k');
  t.not(sandbox.inspect('k', '.State.Pid'), pid);
  await eventually('the other one is gone', () => {
    const status = existsSync(`/proc/${pid}/status`)
      ? readFileSync(`/proc/${pid}/status`, 'utf8')
      : 'Z';
    return !status.includes('sleep') || status.includes('Z (zombie)');
  });
  sandbox.ok('rm', '-f', '-t', '0', 'k');
});

t.test('runtimes that are not there, and what one cannot do', async (t) => {
  const refused: [string[], string | RegExp][] = [
    [
      ['--runtime', 'nosuch', 'ps'],
      'Error: default OCI runtime "nosuch" not found: invalid argument\n',
    ],
    [
      ['--runtime', '/no/such', 'ps'],
      'Error: no valid executable found for OCI runtime /no/such: invalid argument\n',
    ],
    [[...quick, '--init', 'hello'], /--init needs bryo's own runtime/],
    [[...quick, '--health-cmd', 'true', 'hello'], /a health check needs bryo's own runtime/],
    [[...quick, '--ipc', 'container:x', 'hello'], /.+/],
  ];
  for (const [words, stderr] of refused) {
    t.match(sandbox.run(words), { code: 125, stderr }, words.join(' '));
  }
  const conf = join(sandbox.directory, 'containers.conf');
  writeFileSync(conf, '[engine]\nruntimes = { mine = ["/no/such", "/usr/bin/crun"] }\n');
  chmodSync(conf, 0o644);
  const named = sandbox.run(
    ['--runtime', 'mine', 'run', '--rm', '--network', 'none', 'hello', 'echo', 'ran'],
    {
      env: { CONTAINERS_CONF: conf },
    },
  );
  t.match(named, { code: 0, stdout: 'ran\n', stderr: '' });
  t.equal(
    sandbox.ok('--runtime', 'bryo', 'run', '--rm', '--network', 'none', 'hello', 'echo', 'own'),
    'own\n',
  );
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
