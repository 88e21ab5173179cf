import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import t from 'tap';
import { managerSocket } from '../../src/systemd/manager.ts';
import { type Config, Runtime } from '../oci/bundle.ts';
import { eventually } from '../support/bryo.ts';

const runtime = new Runtime();
/** In a room of root's there is no service manager that knows the group. */
const hasManager = process.getuid?.() !== 0 && managerSocket() !== null;
const manager = hasManager ? ['--systemd-cgroup'] : [];

const bundle = runtime.bundle('told', (config: Config) => {
  const spend = 'n=0; while [ $n -lt 20000 ]; do n=$((n+1)); done; echo >/spent; sleep 1000';
  config.process.args = ['sh', '-c', spend];
});

t.test('events --stats has the figures of the group, exactly', async (t) => {
  runtime.leave(...manager, 'run', '--detach', '--bundle', bundle, 'told');
  await eventually('it has used time', () => existsSync(`${bundle}/rootfs/spent`));
  const text = runtime.ok('events', '--stats', 'told');
  t.match(text, /^\{"type":"stats","id":"told","data":\{[^\n]*\}\n$/, 'a line');
  const { cpu, memory, pids } = JSON.parse(text).data;
  t.ok(cpu.usage.total > 1_000_000, 'nanoseconds');
  t.ok(cpu.usage.user + cpu.usage.kernel <= cpu.usage.total * 1.1);
  t.type(pids.current, 'number');
  const limit = existsSync('/sys/fs/cgroup/memory.stat') ? memory.usage.limit : null;
  if (limit !== null) t.match(text, /"limit":(0|18446744073709551615),/, 'not rounded');
});

t.test('events tells them again and again, until the container ends', async (t) => {
  const [program = '', ...rest] = runtime.argv(['events', '--interval', '50ms', 'told']);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await eventually('it told twice', () => heard.split('\n').length > 2);
  runtime.ok('delete', '--force', 'told');
  t.equal(await ended, 0, 'it ends with the container');
  for (const line of heard.trimEnd().split('\n')) t.match(JSON.parse(line), { type: 'stats' });
});

t.test('what has no events', async (t) => {
  t.match(runtime.run('events', '--stats', 'told'), { code: 1, stderr: /does not exist/ });
  t.match(runtime.run('events', '--interval', '0s', 'told'), { code: 1, stderr: /greater than 0/ });
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
