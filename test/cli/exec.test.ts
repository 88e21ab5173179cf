import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { openDescriptors } from '../support/monitor.ts';

const sandbox = new Sandbox();
const id = sandbox
  .ok('run', '-d', '--network', 'none', '--name', 'box', 'hello', 'sleep', '1000')
  .trim();

function sessions(): string {
  return sandbox
    .ok('inspect', '-f', '{{len .ExecIDs}}{{range .ExecIDs}} {{.}}{{end}}', 'box')
    .trim();
}

function sessionFiles(): string[] {
  try {
    return readdirSync(join(sandbox.runroot, 'containers', id, 'exec'));
  } catch {
    return [];
  }
}

t.test('sessions have ids', async (t) => {
  t.equal(sessions(), '0');
  const session = sandbox
    .ok('exec', '-d', 'box', 'sh', '-c', 'sleep 1000 & echo $! >/pid; wait')
    .trim();
  t.match(session, /^[0-9a-f]{64}$/);
  t.equal(sessions(), `1 ${session}`);
  await eventually(
    'it has written its pid',
    () => sandbox.run(['exec', 'box', 'test', '-s', '/pid']).code === 0,
  );
  sandbox.ok('exec', 'box', 'sh', '-c', 'kill $(cat /pid)');
  await eventually('the session is over', () => sessions() === '0');
  t.same(sessionFiles(), []);
});

t.test('exit codes', async (t) => {
  sandbox.ok('create', '--name', 'made', 'hello');
  const codes: [string[], number, RegExp][] = [
    [['box', 'sh', '-c', 'exit 7'], 7, /^$/],
    [['box', 'sh', '-c', 'kill -9 $$'], 137, /^$/],
    [['box', 'nosuch'], 127, /^Error: .*nosuch.* not found/],
    [['box', '/etc'], 126, /^Error: .*\/etc/],
    [['gone', 'true'], 125, /no such container/],
    [['box'], 125, /needs a command/],
    [['made', 'true'], 255, /not running/],
    [['-d', 'made', 'true'], 125, /not running/],
    [['-u', 'nobody9', 'box', 'true'], 255, /unable to find user/],
    [['-w', '/nosuch', 'box', 'true'], 127, /workdir "\/nosuch" does not exist on container/],
    [['-w', '/etc/passwd', 'box', 'true'], 255, /working directory.*not a directory/],
    [['-d', 'box', 'nosuch'], 125, /not found/],
    [[], 125, /at least 1 argument/],
    [['-w', 'x', 'box', 'true'], 125, /absolute/],
    [['-l', '--cidfile', '/x', 'true'], 125, /exclude each other/],
    [['--cidfile', '/nosuch', 'true'], 125, /cannot read/],
  ];
  for (const [args, code, stderr] of codes) {
    t.match(sandbox.run(['exec', ...args]), { code, stdout: '', stderr }, args.join(' '));
  }
  t.same(sessionFiles(), [], 'a session that could not be started leaves nothing');
  sandbox.ok('rm', 'made');
});

t.test('which container, and as whom', async (t) => {
  const file = join(sandbox.directory, 'cid');
  writeFileSync(file, `${id}\n`, { mode: 0o644 });
  t.equal(sandbox.ok('exec', '-l', 'echo', 'latest'), 'latest\n');
  t.equal(sandbox.ok('exec', '--cidfile', file, 'echo', '-l'), '-l\n');
  const capabilities = (...flags: string[]): string =>
    sandbox
      .ok('exec', ...flags, 'box', 'grep', 'CapBnd', '/proc/self/status')
      .slice(8)
      .trim();
  t.equal(capabilities(), '00000000800405fb');
  t.match(capabilities('--privileged'), /^0+1?f{9,}$/);
  t.match(capabilities('--privileged', '-u', '7'), /^0+1?f{9,}$/);
  const env = join(sandbox.directory, 'env');
  writeFileSync(env, 'A=file\n# none\nB=b c\n', { mode: 0o644 });
  t.equal(
    sandbox.ok('exec', '--env-file', env, '-e', 'A=flag', 'box', 'sh', '-c', 'echo $A $B'),
    'flag b c\n',
  );
});

/** What a monitor of the container has open, and how many processes the test user's store has. */
function resources(): { fds: number; processes: number } {
  const monitor = sandbox.ok('inspect', '-f', '{{.State.ConmonPid}}', 'box').trim();
  return {
    fds: openDescriptors(monitor),
    processes: sandbox.ok('top', 'box', 'pid').trim().split('\n').length,
  };
}

t.test('two hundred leave nothing', async (t) => {
  const before = resources();
  const { code, stdout } = sandbox.run(['exec', '-i', 'box', 'sh'], { input: 'echo $$\n' });
  t.equal(code, 0);
  const [program = '', ...rest] = sandbox.argv(['exec', 'box', 'true']);
  const command = [program, ...rest].map((word) => `'${word}'`).join(' ');
  const script = `n=0; while [ $n -lt 50 ]; do ${command} & ${command} & ${command} & ${command}; wait; n=$((n + 1)); done`;
  t.match(spawnSync('sh', ['-c', script], { encoding: 'utf8' }), { status: 0, stderr: '' });
  t.same(resources(), before);
  t.same(sessionFiles(), []);
  const last = Number(sandbox.ok('exec', 'box', 'sh', '-c', 'echo $$'));
  t.ok(last - Number(stdout) >= 200, 'they have run');
  t.equal(sandbox.leftovers().filter((line) => line.startsWith('process')).length, 0);
});

t.test('top shows them, also as ps would', async (t) => {
  t.match(
    sandbox.ok('top', 'box'),
    /^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND\nroot +1 +0 .* sleep 1000\n$/,
  );
  t.equal(sandbox.ok('top', 'box', '-eo', 'pid,comm'), 'PID COMMAND\n  1 sleep\n');
  t.equal(sandbox.ok('top', 'box', '-o', 'pid=', '-o', 'comm='), '1 sleep\n');
  t.equal(sandbox.ok('top', '-l', 'pid', 'comm'), 'PID         COMMAND\n1           sleep\n');
  t.match(sandbox.ok('top', 'box', '-ef'), /^UID +PID PPID C STIME TTY +TIME CMD\nroot +1 +0 0 /);
  t.match(
    sandbox.ok('top', 'box', 'aux'),
    /^USER PID %CPU %MEM +VSZ +RSS TTY STAT START +TIME COMMAND\n/,
  );
  t.match(sandbox.run(['top', 'box', '-o', 'x']), { code: 125, stderr: /unknown column "x"/ });
  t.match(sandbox.run(['top', 'box', '-Z']), { code: 125, stderr: /"Z" is not supported/ });
  t.match(sandbox.run(['top', 'box', 'nope']), { code: 125, stderr: /unknown format descriptor/ });
});

t.test('nothing is left behind', async (t) => {
  sandbox.run(['rm', '-f', '-t', '0', 'box']);
  t.same(sandbox.close(), []);
});
