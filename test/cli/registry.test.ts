import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run as runProgram, startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const auth = join(sandbox.makeDirectory('auth'), 'auth.json');
const login = { user: 'someone', password: 'a secret: with a colon' };
const registry = await startRegistry(t, login);

/** Runs bryo with the sandbox's own file of credentials. */
function bryo(args: readonly string[], input = '') {
  return sandbox.run(args, { input, env: { REGISTRY_AUTH_FILE: auth } });
}

function ok(...args: string[]): string {
  const { code, stdout, stderr } = bryo(args);
  if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return stdout;
}

function remoteDigest(name: string): string {
  const flags = ['--tls-verify=false', '--creds', `${login.user}:${login.password}`];
  return runProgram('skopeo', ['inspect', ...flags, '--format', '{{.Digest}}', `docker://${name}`]);
}

t.test('names are given and taken off', async (t) => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  t.equal(ok('tag', 'hello', 'mine', `${registry}/team/app:1`), '');
  const list = ['images', '--format', '{{.Repository}}:{{.Tag}}'];
  const names = ['localhost/hello:latest', 'localhost/mine:latest', `${registry}/team/app:1`];
  t.same(
    ok(...list)
      .trim()
      .split('\n')
      .sort(),
    names.sort(),
  );
  ok('untag', 'hello', 'mine');
  t.notMatch(ok(...list), /mine/);
  t.match(bryo(['untag', 'hello', 'mine']), { code: 125, stderr: /mine: tag not known/ });
  t.match(bryo(['tag', 'hello', 'Upper']), { code: 125, stderr: /must be lowercase/ });
  t.match(bryo(['tag', 'nothing', 'x']), { code: 125, stderr: /nothing: image not known/ });
  t.equal(bryo(['image', 'exists', 'hello']).code, 0);
  t.same(bryo(['image', 'exists', 'mine']), { code: 1, stdout: '', stderr: '' });
});

t.test('history', async (t) => {
  const [heading = '', first = ''] = ok('history', 'hello').split('\n');
  t.match(heading, /^ID +CREATED +CREATED BY +SIZE +COMMENT/);
  t.match(first, /^[0-9a-f]{12} +.*bryo: busybox and a greeting/);
  t.match(ok('history', '--format', '{{.CreatedBy}}', 'hello'), /^bryo: busybox/);
});

t.test('a login is checked and kept', async (t) => {
  const name = `${registry}/team/app:1`;
  t.match(bryo(['push', name]), { code: 125, stderr: /access denied/ });
  const wrong = bryo(['login', '-u', login.user, '--password-stdin', registry], 'wrong');
  t.match(wrong, { code: 125, stderr: /invalid username\/password\n$/ });
  t.notOk(existsSync(auth), 'nothing is kept of it');
  const right = bryo(['login', '-u', login.user, '--password-stdin', registry], login.password);
  t.same(right, { code: 0, stdout: 'Login Succeeded!\n', stderr: '' });
  t.equal(statSync(auth).mode & 0o777, 0o600);
  t.equal(ok('login', '--get-login', registry), `${login.user}\n`);
  t.match(bryo(['login', '--password-stdin', registry]), { code: 125, stderr: /needs --username/ });
  t.match(bryo(['login', registry]), { code: 125, stderr: /no terminal to ask/ });
});

t.test('push sends what is missing, under the same digest', async (t) => {
  const name = `${registry}/team/app:1`;
  const digestFile = join(sandbox.directory, 'auth', 'digest');
  t.equal(ok('push', '--digestfile', digestFile, name), '');
  t.equal(remoteDigest(name).trim(), readFileSync(digestFile, 'utf8'));
  const again = bryo(['--log-level', 'info', 'push', name]);
  t.notMatch(again.stderr, / done/, 'all is there');
  const mounted = bryo(['--log-level', 'info', 'push', 'hello', `${registry}/other/app:2`]);
  t.match(mounted.stderr, /exists/, 'the layer is taken over from the other repository');
  t.equal(remoteDigest(`${registry}/other/app:2`), remoteDigest(name));
  const given = ['--creds', `${login.user}:${login.password}`];
  const anonymous = { env: { REGISTRY_AUTH_FILE: '/dev/null' } };
  t.equal(sandbox.run(['push', ...given, name], anonymous).code, 0);
});

t.test('what was pushed can be pulled and run', async (t) => {
  const name = `${registry}/other/app:2`;
  sandbox.run(['rmi', '--force', 'hello']);
  ok('pull', '-q', name);
  t.equal(ok('run', '--rm', '--network', 'none', name, 'echo', 'pulled'), 'pulled\n');
});

t.test('a large layer goes in pieces', async (t) => {
  const tree = sandbox.makeDirectory('large');
  execFileSync('sh', ['-c', `head -c 20000000 /dev/urandom > ${tree}/data`]);
  execFileSync('tar', ['-C', tree, '-cf', join(sandbox.directory, 'large.tar'), 'data']);
  ok('import', join(sandbox.directory, 'large.tar'), `${registry}/large:1`);
  ok('push', `${registry}/large:1`);
  t.match(remoteDigest(`${registry}/large:1`), /^sha256:/);
});

t.test('logout forgets', async (t) => {
  t.equal(ok('logout', registry), `Removed login credentials for ${registry}\n`);
  t.match(bryo(['logout', registry]), { code: 125, stderr: /not logged into/ });
  t.match(bryo(['login', '--get-login', registry]), { code: 125, stderr: /not logged into/ });
});

t.test('nothing is left behind, and no secret anywhere', async (t) => {
  const found = execFileSync('sh', ['-c', `grep -rl 'a secret' ${sandbox.root} || true`]);
  t.equal(found.toString(), '');
  t.same(sandbox.close(), []);
});
