import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';
import { Runtime, useHostPrograms } from './bundle.ts';

const runtime = new Runtime();

/** Takes what a service manager is told (sd_notify(3)) and prints it, a message a line. */
const manager = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print('listening', flush=True)
while True: print(repr(server.recv(4096).decode()), flush=True)
`;

function startManager(path: string): { child: ChildProcess; heard: () => string[] } {
  const [program = '', ...rest] = asTestUser(['python3', '-c', manager, path]);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return { child, heard: () => text.split('\n').slice(0, -1) };
}

/** A program that says that it is ready, once the file /go is there. */
const payload = `
import os, socket, time
while not os.path.exists('/go'): time.sleep(0.01)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'])
s.send(b'MAINPID=1\\nREADY=1\\nSTATUS=here\\n')
time.sleep(100)
`;

function asService(address: string, args: readonly string[]): string[] {
  const argv = runtime.argv(args);
  const at = argv.indexOf('-i') + 1;
  return [...argv.slice(0, at), `NOTIFY_SOCKET=${address}`, ...argv.slice(at)];
}

t.test('start waits until the container is ready, and the manager hears of it', async (t) => {
  const address = join(runtime.sandbox.directory, 'manager');
  const { child, heard } = startManager(address);
  await eventually('the manager listens', () => heard().length === 1);
  const bundle = runtime.bundle('service', (config) => {
    config.process.args = ['/usr/bin/python3', '-c', payload];
    useHostPrograms(config);
  });
  const [program = '', ...rest] = asService(address, ['create', '--bundle', bundle, 'service']);
  t.equal(spawnSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' }).status, 0);
  const [start = '', ...words] = asService(address, ['start', 'service']);
  const starting = spawn(start, words, { stdio: 'ignore', cwd: '/' });
  const ended = new Promise<number | null>((resolve) => starting.on('close', resolve));
  await eventually('it runs', () => runtime.ok('state', 'service').includes('"running"'));
  t.equal(starting.exitCode, null, 'start waits');
  t.same(heard(), ['listening'], 'nobody was told yet');
  runtime.ok('exec', 'service', 'touch', '/go');
  t.equal(await ended, 0);
  await eventually('the manager hears', () => heard().length === 2);
  t.equal(heard()[1], String.raw`'READY=1\nSTATUS=here'`, 'no other main process is named');
  runtime.ok('delete', '--force', 'service');
  child.kill();
});

t.test('a container that says nothing holds nobody up for longer than it lives', async (t) => {
  const address = join(runtime.sandbox.directory, 'nobody');
  const bundle = runtime.bundle('mute', (config) => {
    config.process.args = ['sh', '-c', 'echo $NOTIFY_SOCKET; ls $(busybox dirname $NOTIFY_SOCKET)'];
  });
  const [program = '', ...rest] = asService(address, ['run', '--bundle', bundle, 'mute']);
  const { stdout, status } = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  t.same([status, stdout], [0, `${address}/notify\nnotify\n`]);
  const [detached = '', ...words] = asService(address, ['run', '-d', '--bundle', bundle, 'mute']);
  t.equal(spawnSync(detached, words, { stdio: 'ignore', cwd: '/', timeout: 30_000 }).status, 0);
  runtime.ok('delete', '--force', 'mute');
  const without = runtime.bundle('without', (config) => {
    config.process.args = ['sh', '-c', 'env'];
  });
  t.notMatch(runtime.ok('run', '--bundle', without, 'without'), /NOTIFY_SOCKET/);
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
