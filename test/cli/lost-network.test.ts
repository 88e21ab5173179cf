import { connect, createServer } from 'node:net';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'pasta');

const sandbox = new Sandbox();
const port = await freePort();
const inspect = (format: string, id: string): string =>
  sandbox.ok('inspect', '--format', format, id).trim();

/** The helpers of a container: children of its monitor, by the beginnings of their command lines. */
function helpers(id: string, name: RegExp): number[] {
  return helpersOf(Number(inspect('{{.State.ConmonPid}}', id)), name);
}

function helpersOf(monitor: number, name: RegExp): number[] {
  return inProcesses((process) => {
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(process.read('status'))?.[1]);
    return parent === monitor && name.test(process.words().join(' ')) ? process.pid : null;
  });
}

const cases = [
  { network: 'slirp4netns', name: /slirp4netns/ },
  { network: 'pasta', name: /pasta|passt/ },
];
const statusOf = (id: string): string =>
  sandbox.ok('ps', '--filter', `id=${id}`, '--format', '{{.Status}}').trim();
const losses = (id: string): number => {
  const filters = ['--filter', 'event=network_lost', '--filter', `container=${id}`];
  const events = sandbox.ok('events', '--stream=false', ...filters).trim();
  return events === '' ? 0 : events.split('\n').length;
};

for (const { network, name } of cases) {
  t.test(`the loss of a ${network} is told`, async (t) => {
    const id = sandbox.ok('run', '-d', '--network', network, 'hello', 'sleep', '1000').trim();
    t.notMatch(statusOf(id), /lost/);
    t.equal(inspect('{{.State.Error}}', id), '');
    const found = helpers(id, name);
    t.equal(found.length, 1);
    for (const pid of found) process.kill(pid, 'SIGKILL');
    await eventually('ps tells of it', () => statusOf(id).endsWith('(network lost)'));
    t.match(inspect('{{.State.Status}} {{.State.Error}}', id), /^running its .* has ended: /);
    t.equal(losses(id), 1);
    t.equal(sandbox.ok('exec', id, 'echo', 'alive'), 'alive\n');
    sandbox.ok('restart', '-t', '0', id);
    t.notMatch(statusOf(id), /lost/);
    t.equal(helpers(id, name).length, 1);
    sandbox.ok('rm', '-f', '-t', '0', id);
  });
}

/** What a container's server answers on the port of the host; empty: nobody does. */
function answer(): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    socket.on('error', () => resolve('')).on('close', () => resolve(text));
  });
}

async function eventuallyAnswers(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await answer()) === 'served\n') return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the published port does not answer');
}

for (const network of ['slirp4netns', 'bridge']) {
  t.test(`ports of a container are relayed again (${network})`, async (t) => {
    const serve = ['nc', '-ll', '-p', '80', '-e', 'echo', 'served'];
    const flags = ['-d', '--network', network, '-p', `127.0.0.1:${port}:80`];
    const id = sandbox.ok('run', ...flags, 'hello', ...serve).trim();
    await eventuallyAnswers();
    // The second one too, of which the monitor learns by itself.
    for (const _ of [1, 2]) {
      const [relay = 0] = helpers(id, /relay/);
      process.kill(relay, 'SIGKILL');
      await eventually('there is another relay', () =>
        helpers(id, /relay/).some((pid) => pid !== relay),
      );
      await eventuallyAnswers();
    }
    t.equal(losses(id), 0);
    const monitor = Number(inspect('{{.State.ConmonPid}}', id));
    sandbox.ok('rm', '-f', '-t', '0', id);
    t.same(helpersOf(monitor, /relay/), []);
  });
}

t.test('ports that another program has taken meanwhile are told, and had again', async (t) => {
  const serve = ['nc', '-ll', '-p', '80', '-e', 'echo', 'served'];
  const id = sandbox.ok('run', '-d', '-p', `127.0.0.1:${port}:80`, 'hello', ...serve).trim();
  const monitor = Number(inspect('{{.State.ConmonPid}}', id));
  process.kill(monitor, 'SIGSTOP');
  for (const relay of helpersOf(monitor, /relay/)) process.kill(relay, 'SIGKILL');
  const other = createServer((socket) => socket.end('other\n'));
  await eventually('the relay has ended', () => helpersOf(monitor, /relay/).length === 0);
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  process.kill(monitor, 'SIGCONT');
  await eventually('ps tells of it', () => statusOf(id).endsWith('(ports lost)'));
  t.match(inspect('{{.State.Error}}', id), /^its ports are not relayed: /);
  t.equal(losses(id), 1);
  await new Promise((resolve) => other.close(resolve));
  await eventuallyAnswers();
  await eventually('ps tells of it', () => !statusOf(id).includes('lost'));
  sandbox.ok('rm', '-f', '-t', '0', id);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
