import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Runtime } from './bundle.ts';

const runtime = new Runtime();

t.test('hostile ids', async (t) => {
  const bundle = runtime.bundle('ids');
  for (const id of ['../x', 'a/b', '.', '..', 'a b', '', 'x'.repeat(2000)]) {
    t.match(
      runtime.run('create', '--bundle', bundle, id),
      { code: 1, stderr: /in container ID|File name too long|ENAMETOOLONG/ },
      id.slice(0, 20),
    );
  }
  t.match(runtime.run('state', '-x'), { code: 1, stderr: /unknown shorthand flag/ });
});

t.test('spec, features, flags, log', async (t) => {
  const bundle = runtime.bundle('flags');
  t.match(runtime.run('spec', '--bundle', bundle), { code: 1, stderr: /exists already/ });
  const features = JSON.parse(runtime.ok('features'));
  t.ok(features.linux.namespaces.includes('time') && features.mountOptions.includes('rbind'));
  t.match(runtime.run('--cgroup-manager', 'x', 'list'), { code: 1, stderr: /not supported/ });
  t.match(runtime.run('frobnicate'), { code: 1, stderr: /unrecognized command/ });
  const logs = runtime.sandbox.makeDirectory('logs');
  mkdirSync(join(logs, 'd'));
  const log = join(logs, 'log.json');
  runtime.run('--log', log, '--log-format', 'json', 'state', 'nothing');
  t.match(JSON.parse(readFileSync(log, 'utf8')), { level: 'error', msg: /does not exist/ });
});

t.test('the log has the reason where standard error takes nothing', async (t) => {
  const log = join(runtime.sandbox.makeDirectory('deaf'), 'log.json');
  // containerd opens it so for what has no output.
  const deaf = openSync('/dev/null', 'r');
  const argv = runtime.argv(['--log', log, '--log-format', 'json', 'state', 'nothing']);
  const [program = '', ...rest] = argv;
  const { status } = spawnSync(program, rest, { stdio: ['ignore', 'ignore', deaf], cwd: '/' });
  closeSync(deaf);
  t.equal(status, 1);
  t.match(JSON.parse(readFileSync(log, 'utf8')), { level: 'error', msg: /does not exist/ });
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
