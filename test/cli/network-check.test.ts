/** What system check and system prune say and do about networks. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const ok = (...args: string[]): string => sandbox.ok(...args);
const check = (...words: string[]) => sandbox.run(['system', 'check', ...words]);
const directory = ok('info', '-f', '{{.Store.GraphRoot}}').trim();
const fileOf = (name: string): string => join(directory, 'networks', `${name}.json`);

t.test('files of networks, and networks that containers miss', async (t) => {
  ok('network', 'create', 'broken');
  ok('network', 'create', 'lost');
  ok('create', '--name', 'misses', '--network', 'lost', 'hello', 'true');
  t.equal(ok('system', 'check'), '');
  t.ok(existsSync(fileOf('broken')));
  writeFileSync(fileOf('broken'), '{');
  rmSync(fileOf('lost'));
  const found = check('--repair');
  t.equal(found.code, 125);
  t.match(found.stdout, /^network broken is damaged: .*give --force\)$/m);
  t.match(found.stdout, /^network lost is gone, and container misses .*network create lost/m);
  t.match(check('--repair', '--force').stdout, /^network broken .*\(its file removed\)$/m);
  ok('network', 'create', 'lost');
  t.equal(ok('system', 'check'), '');
  ok('start', '-a', 'misses');
  ok('rm', 'misses');
  ok('network', 'rm', 'lost');
});

for (const [command, ...words] of [
  ['system', 'check'],
  ['system', 'prune', '-f'],
] as const) {
  t.test(`${command} ${words[0]} takes what killed containers have left`, async (t) => {
    ok('run', '-d', '--name', 'runs', '--network', 'podman', 'hello', 'sleep', '1000');
    ok('network', 'create', 'used');
    ok('create', '--name', 'waits', '--network', 'used', 'hello', 'true');
    const place = (network: string, ...parts: string[]): string => {
      const id = ok('network', 'inspect', '-f', '{{.ID}}', network).trim();
      return join(sandbox.runroot, 'networks', id, ...parts);
    };
    const host = ok('inspect', '-f', '{{.NetworkSettings.Networks}}', 'runs');
    t.match(host, '10.88.0.');
    const kept = place('podman', 'names', /10\.88\.0\.(\d+) 16/.exec(host)?.[1] ?? '');
    t.ok(existsSync(kept), kept);
    const left = [place('used', 'names', '9'), place('used', 'policies', '77')];
    const gone = join(sandbox.runroot, 'networks', 'a'.repeat(64));
    // As the user.
    const write =
      'mkdir -p "$(dirname "$1")" "$(dirname "$2")" "$3/names"; echo 10.89.0.9 >"$1"; echo x >"$2"';
    ok('unshare', 'sh', '-c', write, 'sh', ...left, gone);
    t.same([...left, gone].filter(existsSync), [...left, gone]);
    ok(command, ...words);
    t.same([...left, gone].filter(existsSync), []);
    t.ok(existsSync(kept));
    const ask = ['run', '--rm', '--network', 'podman', 'hello', 'true'];
    ok(...ask);
    ok('rm', '-f', '-t', '0', 'runs');
    ok('rm', '--ignore', 'waits');
    sandbox.run(['network', 'rm', 'used']);
  });
}

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
