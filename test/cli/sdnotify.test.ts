import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('python3', 'systemd-notify');
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('manager');
const socket = join(place, 'notify');
const heard = join(place, 'heard');

/** A service manager's ear: each message becomes a line, or several. */
const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0', 1))
out = open(sys.argv[2], 'ab', 0)
while True: out.write(s.recv(65536) + b'\\n')
`;

function listen(address: string, file: string) {
  const [program = '', ...rest] = asTestUser(['python3', '-c', listener, address, file]);
  return spawn(program, rest, { stdio: 'ignore' });
}

const manager = listen(socket, heard);
await eventually('somebody listens', () => existsSync(socket));

function text(): string {
  return readFileSync(heard, 'utf8');
}

function run(name: string, mode: string, ...words: string[]) {
  const flags = ['run', '-d', '--name', name, `--sdnotify=${mode}`, ...words];
  return sandbox.run(flags, { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' } });
}

function monitorOf(name: string): string {
  return sandbox.ok('inspect', '--format', '{{.State.ConmonPid}}', name).trim();
}

t.test('conmon: the monitor says that it is the main process, and ready', async (t) => {
  t.equal(
    run('c', 'conmon', 'hello', 'sh', '-c', 'echo "<$NOTIFY_SOCKET>"; exec sleep 100').code,
    0,
  );
  await eventually('it is ready', () => /^READY=1$/m.test(text()));
  t.match(text(), new RegExp(`^MAINPID=${monitorOf('c')}\nREADY=1\n(WATCHDOG=1\n)*$`));
  t.equal(sandbox.ok('logs', 'c'), '<>\n', 'the container hears nothing of it');
  t.equal(sandbox.ok('inspect', '-f', '{{.Config.SdNotifyMode}}', 'c'), 'conmon\n');
  await eventually('the watchdog is fed', () => (text().match(/^WATCHDOG=1$/gm) ?? []).length > 2);
  sandbox.run(['rm', '-f', '-t', '0', 'c']);
});

t.test('container: its process says so, and can say nothing about other processes', async (t) => {
  const before = text().length;
  const program = '/usr/bin/systemd-notify';
  const lib = ['/lib', '/lib64', '/usr/lib']
    .filter(existsSync)
    .flatMap((d) => ['-v', `${d}:${d}:ro`]);
  const script = `echo "$NOTIFY_SOCKET $WATCHDOG_USEC"; ${program} --status=hello --ready MAINPID=7 FDSTORE=1; exec sleep 100`;
  const mounts = [...lib, '-v', `${program}:${program}:ro`];
  t.equal(run('p', 'container', '--user', '1000', ...mounts, 'hello', 'sh', '-c', script).code, 0);
  await eventually('it is ready', () => /^READY=1$/m.test(text().slice(before)));
  const said = text().slice(before);
  t.match(said, new RegExp(`^MAINPID=${monitorOf('p')}$`, 'm'));
  t.match(said, /^STATUS=hello$/m);
  t.notMatch(said, /^MAINPID=7$|FDSTORE/m);
  t.match(sandbox.ok('logs', 'p'), /^\/run\/notify\/notify\.sock 400000$/m);
  sandbox.run(['rm', '-f', '-t', '0', 'p']);
});

t.test('healthy: once the health check succeeds', async (t) => {
  const before = text().length;
  const check = ['--health-cmd', 'test -e /ok', '--health-interval', '1s'];
  t.equal(run('h', 'healthy', ...check, 'hello', 'sleep', '1000').code, 0);
  await eventually('it is known', () => /^MAINPID=/m.test(text().slice(before)));
  t.notMatch(text().slice(before), /READY/);
  sandbox.ok('exec', 'h', 'touch', '/ok');
  await eventually('it is ready', () => /^READY=1$/m.test(text().slice(before)));
  sandbox.run(['rm', '-f', '-t', '0', 'h']);
});

t.test('start decides anew', async (t) => {
  const before = text().length;
  sandbox.ok('create', '--name', 's', 'hello', 'sh', '-c', 'echo "<$NOTIFY_SOCKET>"; exec sleep 9');
  const start = (...flags: string[]) =>
    sandbox.run(['start', ...flags, 's'], { env: { NOTIFY_SOCKET: socket } });
  t.match(start('--sdnotify=healthy'), { code: 125, stderr: /requires a healthcheck to be set/ });
  t.match(start('--cgroups=x'), { code: 125, stderr: /--cgroups/ });
  t.match(start('--sdnotify=conmon', '--cgroups=disabled'), { code: 0, stderr: '' });
  await eventually('it is ready', () => /^READY=1$/m.test(text().slice(before)));
  t.match(text().slice(before), new RegExp(`^MAINPID=${monitorOf('s')}$`, 'm'));
  t.equal(sandbox.ok('logs', 's'), '<>\n', 'the container hears nothing of it');
  sandbox.run(['rm', '-f', '-t', '0', 's']);
});

t.test('ignore, and bad input', async (t) => {
  const before = text().length;
  t.equal(run('i', 'ignore', 'hello', 'true').code, 0);
  sandbox.run(['wait', 'i']);
  t.notMatch(text().slice(before), /MAINPID|READY/);
  t.match(run('b', 'often', 'hello', 'true'), { code: 125, stderr: /--sdnotify/ });
  t.match(run('b', 'healthy', 'hello', 'true'), {
    code: 125,
    stderr: /requires a healthcheck to be set/,
  });
  t.notMatch(sandbox.ok('ps', '-a', '--format', '{{.Names}}'), /^b$/m);
});

t.test('a service whose start pulls an image gets more time', async (t) => {
  const abstract = `@bryo-test-${process.pid}`;
  const file = join(place, 'abstract');
  const other = listen(abstract, file);
  await eventually('somebody listens', () => existsSync(file));
  const cases = [
    [socket, heard],
    [abstract, file],
  ] as const;
  for (const [address, said] of cases) {
    const before = readFileSync(said, 'utf8').length;
    const env = { NOTIFY_SOCKET: address };
    const pulled = sandbox.run(['pull', '--retry', '0', 'localhost:1/x'], { env });
    t.equal(pulled.code, 125);
    t.match(
      pulled.stderr,
      /^Pulling image \/\/localhost:1\/x:latest inside systemd: setting pull timeout to 5m0s\n/,
    );
    await eventually('it is heard', () => readFileSync(said, 'utf8').length > before);
    t.equal(readFileSync(said, 'utf8').slice(before), 'EXTEND_TIMEOUT_USEC=30000000\n', address);
  }
  t.notMatch(sandbox.run(['pull', '--retry', '0', 'localhost:1/x']).stderr, /inside systemd/);
  const gone = { NOTIFY_SOCKET: join(place, 'nobody') };
  const unheard = sandbox.run(['pull', '--retry', '0', 'localhost:1/x'], { env: gone });
  t.match(unheard, { code: 125, stderr: /the service manager at .* does not listen/ });
  other.kill();
});

t.test('nothing is left behind', async (t) => {
  manager.kill();
  t.same(sandbox.close(), []);
});
