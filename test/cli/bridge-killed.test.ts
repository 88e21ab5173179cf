import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const inspect = (format: string, name: string): string =>
  sandbox.ok('inspect', '-f', format, name).trim();
const addressOf = (name: string): string =>
  inspect('{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name);

/** The uplinks of a holder: its children. */
function uplinks(holder: number): number[] {
  return inProcesses((process) => {
    const parent = /^PPid:\s+(\d+)$/m.exec(process.read('status'))?.[1];
    return parent === String(holder) && /slirp4netns/.test(process.words()[0] ?? '')
      ? process.pid
      : null;
  });
}

const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const server = createServer((socket) => socket.end('outside\n'));
server.listen(0, outside);
await once(server, 'listening');
const place = server.address();
const port = typeof place === 'object' ? String(place?.port) : '';

/** Asks again until the answer comes. */
async function reachesOut(name: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const argv = ['exec', name, 'nc', '-w', '1', outside ?? '', port];
    if ((await sandbox.runBeside(argv)).stdout === 'outside\n') return;
  }
  throw new Error(`${name} does not reach the outside`);
}

const bridged = ['--network', 'bridge', '--cap-add', 'NET_RAW'];
for (const name of ['a', 'b']) {
  sandbox.ok('run', '-d', '--name', name, ...bridged, 'hello', 'sleep', '1000');
}
const ping = (): string => sandbox.ok('exec', 'a', 'ping', '-c1', '-W5', addressOf('b'));

t.test('containers reach each other without a holder, and soon the outside', async (t) => {
  const [holder = 0] = sandbox.holders();
  process.kill(holder, 'SIGKILL');
  ping();
  await eventually('there is another holder', () =>
    sandbox.holders().some((pid) => pid !== holder && uplinks(pid).length === 1),
  );
  await reachesOut('a');
  ping();
  t.equal(sandbox.holders().length, 1);
  sandbox.ok('run', '--rm', ...bridged, 'hello', 'ping', '-c1', '-W5', addressOf('b'));
});

t.test('an uplink that was killed is started again', async () => {
  const [holder = 0] = sandbox.holders();
  for (const pid of uplinks(holder)) process.kill(pid, 'SIGKILL');
  await reachesOut('b');
  ping();
});

t.test('the lease of a monitor that was killed is free', async () => {
  const address = addressOf('b');
  process.kill(Number(inspect('{{.State.ConmonPid}}', 'b')), 'SIGKILL');
  const again = ['run', '--rm', ...bridged, '--ip', address, 'hello', 'true'];
  await eventually('the address can be had', () => sandbox.run(again).code === 0);
});

t.test('a container that is started again keeps its address', async (t) => {
  const always = ['--restart', 'always', ...bridged, 'hello', 'sleep', '1000'];
  sandbox.ok('run', '-d', '--name', 'again', ...always);
  const address = addressOf('again');
  const pid = inspect('{{.State.Pid}}', 'again');
  process.kill(Number(pid), 'SIGKILL');
  await eventually('it runs again', () => {
    const [status, now] = inspect('{{.State.Status}} {{.State.Pid}}', 'again').split(' ');
    return status === 'running' && now !== pid;
  });
  t.match(sandbox.ok('exec', 'again', 'ip', 'addr', 'show', 'eth0'), ` ${address}/16`);
  sandbox.ok('exec', 'again', 'ping', '-c1', '-W5', addressOf('a'));
});

t.test('all ends with the last container', async (t) => {
  server.close();
  sandbox.ok('rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
  t.same(sandbox.close(), []);
});
