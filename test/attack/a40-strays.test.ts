// A40: own. Processes that no namespace ends with their container, which shares its process ids.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';

const sandbox = new Sandbox();
const state = (id: string): { monitorPid: number; pid: number } =>
  JSON.parse(readFileSync(join(sandbox.root, 'containers', id, 'state.json'), 'utf8'));

let count = 0;

/** Words that nobody else's command line has: what `sleep` is told. */
function newStray(): { seconds: string; living: () => number } {
  count += 1;
  const seconds = `4${count}${process.pid}`;
  const living = () =>
    inProcesses((process) => (process.words().includes(seconds) ? 'one' : null)).length;
  return { seconds, living };
}

const shared = ['run', '-d', '--network', 'none'];
const seccomp = ['--security-opt', 'seccomp=unconfined'];

/** Ways out of a process's session, and of its namespaces, that are open to a container. */
const escapes: Record<string, (seconds: string) => string> = {
  'a session of its own': (seconds) => `setsid sleep ${seconds} &`,
  'an orphan': (seconds) => `(setsid sh -c 'sleep ${seconds} & exit' &) &`,
  'who hears nothing': (seconds) => `(trap '' HUP TERM INT; setsid sleep ${seconds}) &`,
};
const unshared: Record<string, (seconds: string) => string> = {
  'mounts of its own': (seconds) => `setsid unshare -m sleep ${seconds} &`,
  'a user namespace of its own': (seconds) => `setsid unshare -Urm sleep ${seconds} &`,
};

const ends: Record<string, (id: string) => void> = {
  'rm -f': (id) => sandbox.ok('rm', '-f', '-t', '0', id),
  stop: (id) => sandbox.ok('stop', '-t', '0', id),
  'its own end': (id) => process.kill(state(id).pid, 'SIGKILL'),
};

for (const [how, end] of Object.entries(ends)) {
  for (const [way, words] of Object.entries({ ...escapes, ...unshared })) {
    t.test(`${how} leaves nobody: ${way}`, async (t) => {
      const stray = newStray();
      const session = newStray();
      const script = `${words(stray.seconds)} exec sleep 1000`;
      const flags = ['--pid', 'host', '--privileged', ...seccomp];
      const id = sandbox.ok(...shared, ...flags, 'hello', 'sh', '-c', script).trim();
      sandbox.ok('exec', '-d', id, 'sleep', session.seconds);
      await eventually('both are there', () => stray.living() > 0 && session.living() > 0);
      end(id);
      await eventually('both are gone', () => stray.living() + session.living() === 0);
      t.equal(sandbox.run(['rm', '-f', '-t', '0', '--ignore', id]).code, 0);
    });
  }
}

for (const [way, words] of Object.entries(escapes)) {
  t.test(`a monitor's death, and rm or start after it: ${way}`, async (t) => {
    for (const verb of ['rm', 'start']) {
      const [stray, session] = [newStray(), newStray()];
      const script = `${words(stray.seconds)} exec sleep 1000`;
      const id = sandbox.ok(...shared, '--pid', 'host', 'hello', 'sh', '-c', script).trim();
      sandbox.ok('exec', '-d', id, 'sleep', session.seconds);
      await eventually('both are there', () => stray.living() > 0 && session.living() > 0);
      process.kill(state(id).monitorPid, 'SIGKILL');
      await eventually('it is known to have ended', () =>
        sandbox.ok('ps', '-a', '--filter', `id=${id}`, '--format', '{{.State}}').includes('exited'),
      );
      const before = stray.living();
      sandbox.ok(verb, ...(verb === 'rm' ? ['-f'] : []), id);
      t.ok(before > 0, 'nobody had ended it');
      await eventually('the session is gone', () => session.living() === 0);
      const again = verb === 'rm' ? 0 : before;
      await eventually('of the first run nobody is left', () => stray.living() === again);
      sandbox.ok('rm', '-f', '-t', '0', '--ignore', id);
      await eventually('nobody is left at all', () => stray.living() === 0);
    }
  });
}

t.test('those of a container that ends are gone from the namespace of another one', async (t) => {
  const [own, stray, neighbour] = [newStray(), newStray(), newStray()];
  const owner = sandbox.ok(...shared, 'hello', 'sleep', own.seconds).trim();
  const other = sandbox.ok(...shared, '--pid', 'host', 'hello', 'sleep', neighbour.seconds).trim();
  for (const kill of [false, true]) {
    const joined = ['--pid', `container:${owner}`, '--userns', `container:${owner}`];
    const script = `${escapes['an orphan']?.(stray.seconds)} exec sleep 1000`;
    const id = sandbox.ok(...shared, ...joined, 'hello', 'sh', '-c', script).trim();
    await eventually('it is there', () => stray.living() > 0);
    if (kill) process.kill(state(id).monitorPid, 'SIGKILL');
    sandbox.ok('rm', '-f', '-t', '0', id);
    await eventually('it is gone', () => stray.living() === 0);
    t.same([own.living(), neighbour.living()], [1, 1], 'others live');
  }
  sandbox.ok('rm', '-f', '-t', '0', owner, other);
});

t.test('what a session leaves in a container goes on until that ends', async () => {
  const id = sandbox.ok(...shared, '--pid', 'host', 'hello', 'sleep', '1000').trim();
  const left = Array.from({ length: 12 }, newStray);
  for (const { seconds } of left)
    sandbox.ok('exec', id, 'sh', '-c', `setsid sleep ${seconds} >&- 2>&- <&- &`);
  for (const { seconds } of left) sandbox.ok('exec', '-d', id, 'setsid', 'sleep', seconds);
  const living = (): number => left.reduce((sum, stray) => sum + stray.living(), 0);
  await eventually('all are there', () => living() === 2 * left.length);
  sandbox.ok('rm', '-f', '-t', '0', id);
  await eventually('all are gone', () => living() === 0);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
