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
  const monitor = inspect('{{.State.ConmonPid}}', id);
  return inProcesses((process) => {
    const parent = /^PPid:\s+(\d+)$/m.exec(process.read('status'))?.[1];
    return parent === monitor && name.test(process.words().join(' ')) ? process.pid : null;
  });
}

const cases = [
  { flags: ['--network', 'slirp4netns'], name: /slirp4netns/, told: 'network' },
  { flags: ['--network', 'pasta'], name: /pasta|passt/, told: 'network' },
  { flags: ['-p', `127.0.0.1:${port}:53/udp`], name: /relay/, told: 'ports' },
  { flags: ['-p', `127.0.0.1:${port}:80`], name: /relay/, told: 'ports' },
];

for (const { flags, name, told } of cases) {
  t.test(`the loss of ${told} is told`, async (t) => {
    const id = sandbox.ok('run', '-d', ...flags, 'hello', 'sleep', '1000').trim();
    const status = (): string => sandbox.ok('ps', '--format', '{{.Status}}').trim();
    t.notMatch(status(), /lost/);
    t.equal(inspect('{{.State.Error}}', id), '');
    const found = helpers(id, name);
    t.equal(found.length, 1);
    for (const pid of found) process.kill(pid, 'SIGKILL');
    await eventually('ps tells of it', () => status().endsWith(`(${told} lost)`));
    t.match(inspect('{{.State.Status}} {{.State.Error}}', id), /^running its .* has ended: /);
    const events = sandbox.ok(
      'events',
      '--stream=false',
      '--filter',
      'event=network_lost',
      '--filter',
      `container=${id}`,
    );
    t.equal(events.trim().split('\n').length, 1);
    t.equal(sandbox.ok('exec', id, 'echo', 'alive'), 'alive\n');
    sandbox.ok('restart', '-t', '0', id);
    t.notMatch(status(), /lost/);
    t.equal(helpers(id, name).length, 1);
    sandbox.ok('rm', '-f', '-t', '0', id);
  });
}

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
