import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';

/** Programs that clean /run/user know nothing of what still runs: everything goes on without what lay there. */
const sandbox = new Sandbox();
const show = 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done';
const checked = ['--health-cmd', 'true', '--health-interval', '1h'];

function wiped(t: Test, what: string, wipe: (id: string) => void): void {
  t.test(`${what} is wiped while a container runs`, async (t) => {
    const run = ['run', '-d', '--stop-timeout', '1', ...checked, 'hello', 'sh', '-c', show];
    const id = sandbox.ok(...run).trim();
    wipe(id);
    t.equal(sandbox.ok('exec', id, 'echo', 'inside'), 'inside\n');
    wipe(id);
    t.match(sandbox.ok('exec', '-d', id, 'true'), /^[0-9a-f]{64}\n$/);
    wipe(id);
    t.equal(sandbox.ok('healthcheck', 'run', id), '', 'healthcheck run');
    wipe(id);
    t.match(sandbox.ok('ps', '--format', '{{.State}}'), 'running');
    const attached = sandbox.start(['attach', '--no-stdin', id]);
    let output = '';
    attached.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    attached.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    await eventually('attach shows its output', () => /line \d+\n/.test(output));
    wipe(id);
    const following = sandbox.start(['logs', '-f', '--tail', '1', id]);
    const ended = (child: typeof following) =>
      new Promise((resolve) => child.on('close', (code) => resolve(code)));
    const [attachEnd, logsEnd] = [ended(attached), ended(following)];
    const waiting = sandbox.start(['wait', id]);
    const waitEnd = ended(waiting);
    sandbox.ok('kill', '--signal', 'WINCH', id);
    sandbox.ok('top', id);
    sandbox.ok('stats', '--no-stream', id);
    wipe(id);
    t.equal(sandbox.ok('stop', '-t', '0', id), `${id}\n`);
    t.same(await Promise.all([attachEnd, logsEnd, waitEnd]), [137, 0, 0]);
    t.notMatch(output, /Error/);
    wipe(id);
    t.equal(sandbox.ok('start', id), `${id}\n`);
    wipe(id);
    t.equal(sandbox.ok('restart', '-t', '0', id), `${id}\n`);
    wipe(id);
    t.equal(sandbox.ok('rm', '-f', '-t', '0', id), `${id}\n`);
  });
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
wiped(t, 'the runtime directory', () => remove(sandbox.runroot));
wiped(t, "a container's directory in it", (id) => remove(join(sandbox.runroot, 'containers', id)));

t.test('a container that waits for its start', async (t) => {
  const id = sandbox.ok('create', '-i', 'hello', 'cat').trim();
  sandbox.ok('init', id);
  remove(sandbox.runroot);
  const { code, stdout } = sandbox.run(['start', '-ai', id], { input: 'handed on' });
  t.match({ code, stdout }, { code: 0, stdout: 'handed on' });
  sandbox.ok('rm', id);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
