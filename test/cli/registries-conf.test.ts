import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const registry = await startRegistry(t);
const conf = join(sandbox.directory, 'registries.conf');
const nowhere = '127.0.0.1:1';

function bryo(text: string, ...args: string[]) {
  return bryoWith({}, text, ...args);
}

function bryoWith(how: { progress?: boolean }, text: string, ...args: string[]) {
  writeFileSync(conf, text);
  return sandbox.run(args, { ...how, env: { CONTAINERS_REGISTRIES_CONF: conf } });
}

t.test('an image for the registry', async (t) => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  sandbox.ok('tag', 'hello', `${registry}/team/app:1`);
  const rewritten = `[[registry]]\nprefix = "app.example"\nlocation = "${registry}/team"\n`;
  t.match(bryo('', 'push', `${registry}/team/app:1`), { code: 0, stderr: '' });
  sandbox.ok('tag', 'hello', 'app.example/pushed:1');
  t.match(bryo(rewritten, 'push', 'app.example/pushed:1'), { code: 0, stderr: '' });
  sandbox.ok('rmi', `${registry}/team/app:1`, 'app.example/pushed:1');
  t.match(bryo('', 'pull', '-q', `${registry}/team/pushed:1`), { code: 0 });
});

t.test('short names by alias and by search', async (t) => {
  const alias = `[aliases]\n"thing" = "${registry}/team/app"\n`;
  t.match(bryo(alias, 'pull', '-q', 'thing:1'), { code: 0, stderr: '' });
  const search = `unqualified-search-registries = ["${nowhere}", "${registry}"]\n`;
  t.match(bryo(search, 'pull', '-q', 'team/app:1'), { code: 0, stderr: '' });
  t.match(bryo(search, 'run', '--rm', '--network', 'none', 'team/app:1', 'echo', 'yes'), {
    code: 0,
    stdout: 'yes\n',
  });
  const missing = bryo(search, 'pull', 'team/none:1');
  t.match(missing, { code: 125, stderr: /no registry of registries\.conf has team\/none:1: / });
  const strict = `${search}short-name-mode = "enforcing"\n`;
  t.match(bryo(strict, 'pull', 'team/app:1'), {
    code: 125,
    stderr: /may stand for several images/,
  });
});

t.test('a short name is the end of a name that is there, as with podman', async (t) => {
  sandbox.ok('tag', 'hello', 'far.example/team/deep/end:1');
  for (const name of ['end:1', 'deep/end:1', 'team/deep/end:1']) {
    t.equal(sandbox.run(['image', 'exists', name]).code, 0, name);
  }
  for (const name of [
    'nd:1',
    'eep/end:1',
    'end',
    'end:2',
    'far/team/deep/end:1',
    'a.example/end:1',
  ]) {
    t.equal(sandbox.run(['image', 'exists', name]).code, 1, name);
  }
  const run = ['run', '--rm', '--network', 'none', '--pull', 'never', 'end:1', 'echo', 'yes'];
  t.equal(sandbox.ok(...run), 'yes\n');
  sandbox.ok('tag', 'hello', 'whole.example/end:1');
  const archive = join(sandbox.directory, 'end.tar');
  sandbox.ok('save', '-q', '-o', archive, 'end:1');
  sandbox.ok('untag', 'hello', 'end:1');
  t.equal(
    sandbox.run(['image', 'exists', 'whole.example/end:1']).code,
    1,
    'a whole path is meant first',
  );
  t.match(sandbox.ok('load', '-i', archive), 'whole.example/end:1', 'also by save');
  t.match(sandbox.ok('rmi', 'end:1'), 'Untagged: whole.example/end:1');
  t.match(sandbox.ok('rmi', 'end:1'), 'Untagged: far.example/team/deep/end:1');
  t.match(sandbox.run(['rmi', 'end:1']), { code: 1, stderr: /end:1: image not known/ });
});

t.test('mirrors are tried first, and a dead one is passed over', async (t) => {
  const mirrored = `[[registry]]
location = "original.example"
[[registry.mirror]]
location = "${nowhere}"
[[registry.mirror]]
location = "${registry}/team"
`;
  t.match(bryoWith({ progress: true }, mirrored, 'pull', 'original.example/app:1'), {
    code: 0,
    stderr: /^Trying to pull original\.example\/app:1\.\.\.\n(?!.*Trying)/s,
  });
  t.match(
    sandbox.ok('images', '--format', '{{.Repository}}:{{.Tag}}'),
    /^original\.example\/app:1$/m,
  );
});

t.test('a blocked registry, and a file that is wrong', async (t) => {
  const blocked = `[[registry]]\nlocation = "${registry}"\nblocked = true\n`;
  t.match(bryo(blocked, 'pull', `${registry}/team/app:1`), { code: 125, stderr: /is blocked/ });
  t.match(bryo(blocked, 'push', 'hello', `${registry}/team/x`), {
    code: 125,
    stderr: /is blocked/,
  });
  t.match(bryo('x = [', 'pull', `${registry}/team/app:1`), {
    code: 125,
    stderr: /^Error: [^\n]*registries\.conf: [^\n]+\n$/,
  });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
