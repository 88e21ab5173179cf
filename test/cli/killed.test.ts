import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];

/** Runs bryo and kills it, with all that it has not yet let go, after some milliseconds. */
async function killedAfter(delay: number, args: string[]): Promise<void> {
  const [program = '', ...rest] = sandbox.argv(args);
  const child = spawn(program, rest, { stdio: 'ignore', cwd: '/', detached: true });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const timer = setTimeout(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It was faster.
    }
  }, delay);
  await ended;
  clearTimeout(timer);
}

const delays = Array.from({ length: 14 }, (_, index) => index * 3);

/** Whatever was killed when, the store works on and can be emptied. */
async function soundAfter(t: Test, what: string): Promise<void> {
  const listed = sandbox.run(['ps', '-a', '--format', '{{.Names}}']);
  t.equal(listed.code, 0, `${what}: ps works`);
  t.equal(listed.stderr, '', `${what}: ps is content`);
  t.equal(sandbox.ok('run', '--rm', '--name', 'after', ...none, 'hello', 'echo', 'ok'), 'ok\n');
  const removed = sandbox.run(['rm', '--force', '--all']);
  t.equal(removed.code, 0, `${what}: ${removed.stderr}`);
  sandbox.ok('run', '--rm', '--name', 'k', ...none, 'hello', 'true');
  await eventually(
    `${what}: nothing is left: ${sandbox.leftovers()}`,
    () => sandbox.leftovers().length === 0,
  );
}

t.test('run, killed at any time', async (t) => {
  sandbox.ok('run', '--rm', ...none, 'hello', 'true');
  for (const delay of delays) {
    await killedAfter(delay, ['run', '--rm', '--name', 'k', ...none, 'hello', 'sleep', '0.01']);
    sandbox.run(['rm', '--force', '--ignore', 'k']);
  }
  await soundAfter(t, 'run');
});

t.test('run -d with a network helper, killed at any time', async (t) => {
  for (const delay of delays) {
    await killedAfter(delay, ['run', '-d', '--name', 'k', 'hello', 'sleep', '100']);
    sandbox.run(['rm', '--force', '--ignore', 'k']);
  }
  await soundAfter(t, 'run -d');
});

t.test('create, start and rm, killed at any time', async (t) => {
  for (const delay of delays) {
    await killedAfter(delay, ['create', '--name', 'k', ...none, 'hello', 'sleep', '100']);
    sandbox.run(['create', '--name', 'k', ...none, 'hello', 'sleep', '100']);
    await killedAfter(delay, ['start', 'k']);
    await killedAfter(delay, ['rm', '--force', 'k']);
    sandbox.run(['rm', '--force', '--ignore', 'k']);
  }
  await soundAfter(t, 'create, start, rm');
});

t.test('load and rmi, killed at any time', async (t) => {
  const archive = join(sandbox.makeDirectory('archives'), 'hello.tar');
  const source = `oci:${join(projectDir, 'dist', 'hello')}:localhost/hello:latest`;
  const tag = 'example.com/loaded:1';
  execFileSync('skopeo', ['copy', '-q', source, `oci-archive:${archive}:${tag}`]);
  for (const delay of delays) {
    await killedAfter(delay * 2, ['load', '-i', archive]);
    await killedAfter(delay, ['rmi', tag]);
  }
  sandbox.ok('load', '-i', archive);
  t.equal(sandbox.ok('run', '--rm', ...none, tag, 'echo', 'ok'), 'ok\n');
  await soundAfter(t, 'load');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
