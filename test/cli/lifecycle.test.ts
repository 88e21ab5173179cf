import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';

const sandbox = new Sandbox();

const detached = ['run', '-d', '--network', 'none'];

function state(name: string): string {
  return sandbox.ok('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', name).trim();
}

t.test('a container that several commands start at once', async (t) => {
  sandbox.ok('create', '--name', 'wanted', 'hello', 'sleep', '100');
  const starts = ['a', 'b', 'c', 'd'].map(() => sandbox.start(['start', 'wanted']));
  const said = await Promise.all(
    starts.map(async (child) => {
      const errors = child.stderr === null ? '' : text(child.stderr);
      const [code] = await once(child, 'close');
      return `${code} ${await errors}`;
    }),
  );
  t.same(said, ['0 ', '0 ', '0 ', '0 ']);
  sandbox.ok('rm', '-f', '-t', '0', 'wanted');
});

t.test('create, start, stop, rm', async (t) => {
  const id = sandbox
    .ok('create', '--name', 'one', '--network', 'none', 'hello', 'sleep', '100')
    .trim();
  t.match(id, /^[0-9a-f]{64}$/);
  t.equal(state('one'), 'created 0');
  t.equal(sandbox.ok('start', 'one'), 'one\n');
  t.equal(state(id.slice(0, 12)), 'running 0');
  t.equal(sandbox.ok('start', 'one'), 'one\n', 'starting what runs is no error');
  t.match(sandbox.ok('ps'), /sleep 100 .*Up .* one\n$/);
  const refused = sandbox.run(['rm', 'one']);
  t.equal(refused.code, 2);
  t.match(refused.stderr, /cannot remove container [0-9a-f]{64} as it is running/);
  const stopped = sandbox.run(['stop', '-t', '0', 'one']);
  t.equal(stopped.code, 0);
  t.equal(state('one'), 'exited 137');
  t.equal(sandbox.ok('ps', '-q'), '');
  t.equal(sandbox.ok('start', 'one'), 'one\n', 'it starts again');
  t.equal(sandbox.ok('rm', '-f', 'one'), 'one\n');
  t.equal(sandbox.run(['inspect', 'one']).code, 125);
});

t.test('a stop signal that is heeded', async (t) => {
  sandbox.ok(...detached, '--name', 'polite', '--init', 'hello', 'sleep', '100');
  t.equal(sandbox.ok('stop', 'polite'), 'polite\n');
  t.equal(state('polite'), 'exited 143');
  sandbox.ok('rm', 'polite');
});

t.test('kill sends any signal', async (t) => {
  const trap = 'trap "echo got; exit 3" USR1; while :; do sleep 0.05; done';
  sandbox.ok(...detached, '--name', 'k', 'hello', 'sh', '-c', trap);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(sandbox.ok('kill', '-s', 'USR1', 'k'), 'k\n');
  t.equal(sandbox.ok('wait', 'k'), '3\n');
  t.equal(sandbox.ok('logs', 'k'), 'got\n');
  const again = sandbox.run(['kill', 'k']);
  t.equal(again.code, 125);
  t.match(again.stderr, /is in state exited: container state improper/);
  sandbox.ok('rm', 'k');
});

/** Whether a client of `wait` listens to a monitor of this store. */
function hasListener(): boolean {
  const clients = inProcesses((process) => {
    const command = process.read('cmdline');
    if (!command.includes('--socket-dir') || !command.includes(sandbox.runroot)) return null;
    const place = `/proc/${process.pid}/fd`;
    const targets = readdirSync(place).map((fd) => readlinkSync(join(place, fd)));
    return targets.some((target) => target.startsWith('socket:')) ? process.pid : null;
  });
  return clients.length > 0;
}

t.test('wait, also for a container that goes away', async (t) => {
  const script = 'trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done';
  sandbox.ok(...detached, '--rm', '--name', 'w', 'hello', 'sh', '-c', script);
  await eventually('it is ready', () => sandbox.run(['logs', 'w']).stdout === 'ready\n');
  const waiter = sandbox.start(['wait', '--condition', 'exited', 'w']);
  let printed = '';
  waiter.stdout?.on('data', (data) => {
    printed += data;
  });
  await eventually('the end is listened for', hasListener);
  sandbox.ok('kill', '-s', 'USR1', 'w');
  await new Promise((resolve) => waiter.on('close', resolve));
  t.equal(printed, '9\n');
  t.equal(sandbox.ok('ps', '-aq'), '');
});

t.test('names', async (t) => {
  sandbox.ok('create', '--name', 'taken', 'hello');
  const second = sandbox.run(['create', '--name', 'taken', 'hello']);
  t.equal(second.code, 125);
  t.match(second.stderr, /the container name "taken" is already in use/);
  t.match(sandbox.ok('create', '--replace', '--name', 'taken', 'hello'), /^[0-9a-f]{64}\n$/);
  for (const bad of ['../x', 'a/b', '.', '-x', ' ', 'x'.repeat(300)]) {
    t.equal(sandbox.run(['create', `--name=${bad}`, 'hello']).code, 125, JSON.stringify(bad));
    t.not(sandbox.run(['rm', '--', bad]).code, 0, `rm ${JSON.stringify(bad)}`);
  }
  t.equal(sandbox.ok('rm', 'taken'), 'taken\n');
  t.equal(sandbox.run(['rm', 'taken']).code, 1);
  t.equal(sandbox.run(['rm', '-f', 'taken']).code, 0);
});

t.test('logs', async (t) => {
  const script = 'for i in 1 2 3; do echo line $i; done; echo bad >&2; printf end';
  sandbox.run(['run', '--name', 'l', '--network', 'none', 'hello', 'sh', '-c', script]);
  const all = sandbox.run(['logs', 'l']);
  t.same([all.stdout, all.stderr], ['line 1\nline 2\nline 3\nend', 'bad\n']);
  t.equal(sandbox.run(['logs', '--tail', '1', 'l']).stdout, 'end');
  t.match(
    sandbox.run(['logs', '-t', 'l']).stdout,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 1\n/,
  );
  t.equal(sandbox.run(['logs', '--since', '1h', '--until', '2000-01-01', 'l']).stdout, '');
  sandbox.ok('rm', 'l');
  sandbox.ok(...detached, '--name', 'f', 'hello', 'sh', '-c', 'echo a; sleep 1; echo b');
  t.equal(sandbox.run(['logs', '-f', 'f']).stdout, 'a\nb\n', 'following ends with the container');
  sandbox.ok('rm', 'f');
});

t.test('the log is capped', async (t) => {
  const flood = 'head -c 300000 /dev/zero | tr "\\0" x | fold -w 100';
  sandbox.run([
    'run',
    '--name',
    'cap',
    '--network',
    'none',
    '--log-opt',
    'max-size=100k',
    '--log-opt',
    'max-file=2',
    'hello',
    'sh',
    '-c',
    flood,
  ]);
  const kept = sandbox.run(['logs', 'cap']).stdout.length;
  t.ok(kept > 50_000 && kept < 210_000, `${kept} bytes are kept`);
  sandbox.ok('rm', 'cap');
});

t.test('exec', async (t) => {
  sandbox.ok(...detached, '--name', 'e', '-e', 'A=1', '-w', '/tmp', 'hello', 'sleep', '100');
  t.equal(
    sandbox.ok('exec', 'e', 'sh', '-c', 'echo $A; pwd; id -u; hostname'),
    `1\n/tmp\n0\n${sandbox.ok('ps', '-q')}`,
  );
  t.equal(sandbox.run(['exec', 'e', 'sh', '-c', 'exit 7']).code, 7);
  t.equal(sandbox.run(['exec', 'e', 'nothing-here']).code, 127);
  t.equal(sandbox.run(['exec', '-i', 'e', 'cat'], { input: 'in\n' }).stdout, 'in\n');
  t.equal(
    sandbox.ok(
      'exec',
      '-u',
      '5:6',
      '-w',
      '/',
      '-e',
      'B=2',
      'e',
      'sh',
      '-c',
      'id -u; id -g; pwd; echo $B',
    ),
    '5\n6\n/\n2\n',
  );
  const status = sandbox.ok(
    'exec',
    'e',
    'grep',
    '-E',
    'Seccomp:|CapEff|CapInh',
    '/proc/self/status',
  );
  t.match(status, /CapInh:\t0{16}\nCapEff:\t00000000800405fb\nSeccomp:\t2/);
  sandbox.ok('exec', '-d', 'e', 'touch', '/tmp/made');
  await eventually(
    'the detached command ran',
    () => sandbox.run(['exec', 'e', 'ls', '/tmp/made']).code === 0,
  );
  sandbox.run(['stop', '-t', '0', 'e']);
  const late = sandbox.run(['exec', 'e', 'true']);
  t.equal(late.code, 255);
  t.match(late.stderr, /it is exited, not running/);
  sandbox.ok('rm', 'e');
});

t.test('attach', async (t) => {
  sandbox.ok(
    ...detached,
    '-i',
    '--name',
    'a',
    'hello',
    'sh',
    '-c',
    'read line; echo got $line; exit 4',
  );
  const { code, stdout } = sandbox.run(['attach', 'a'], { input: 'word\n' });
  t.same([code, stdout], [4, 'got word\n']);
  sandbox.ok('rm', 'a');
});

t.test('the truth when a monitor is killed', async (t) => {
  sandbox.ok(...detached, '--name', 'm', 'hello', 'sleep', '100');
  const pid = Number(sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'm'));
  const monitor = Number(sandbox.ok('inspect', '--format', '{{.State.ConmonPid}}', 'm'));
  process.kill(monitor, 'SIGKILL');
  await eventually(
    'the payload is gone with its monitor',
    () => !existsSync(`/proc/${pid}/root/bin`),
  );
  await eventually('ps tells it', () => sandbox.ok('ps', '-q') === '');
  t.match(sandbox.ok('ps', '-a'), /Exited \(unknown\)/);
  t.equal(sandbox.ok('wait', 'm'), '-1\n');
  t.equal(sandbox.ok('start', 'm'), 'm\n', 'it can be started again');
  t.equal(state('m'), 'running 0');
  sandbox.ok('rm', '-f', 'm');
});

t.test('a wiped runtime directory', async (t) => {
  sandbox.ok(...detached, '--name', 'r', 'hello', 'sleep', '100');
  rmSync(sandbox.runroot, { recursive: true, force: true });
  t.equal(state('r'), 'running 0');
  t.equal(sandbox.ok('exec', 'r', 'echo', 'still'), 'still\n');
  t.match(sandbox.run(['stop', '-t', '0', 'r']).stdout, /^r\n$/);
  t.equal(state('r'), 'exited 137');
  sandbox.ok('rm', 'r');
});

t.test('ps formats and filters', async (t) => {
  sandbox.ok('create', '--name', 'p1', '--label', 'a=1', 'hello');
  sandbox.ok('create', '--name', 'p2', '--label', 'a=2', 'hello');
  t.equal(sandbox.ok('ps', '-a', '--format', '{{.Names}}', '--filter', 'label=a=2'), 'p2\n');
  t.equal(sandbox.ok('ps', '-a', '--format', '{{.Names}}'), 'p1\np2\n', 'oldest first');
  const rows = JSON.parse(sandbox.ok('ps', '-a', '--format', 'json')) as { Names: string[] }[];
  t.same(
    rows.map(({ Names }) => Names[0]),
    ['p1', 'p2'],
  );
  t.match(
    sandbox.ok('ps', '-a', '--format', 'table {{.Names}}\\t{{.Status}}'),
    /^NAMES {7}STATUS\np1 {10}Created\n/,
  );
  t.equal(sandbox.run(['ps', '--format', '{{.Nope}}', '-a']).code, 125);
  sandbox.ok('rm', '-a');
  t.notOk(existsSync(join(sandbox.root, 'containers', 'p1')));
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
