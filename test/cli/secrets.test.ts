import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const canary = 'canary-5f1d0c-value';
const secret = (...args: string[]) => sandbox.run(['secret', ...args]);
const quick = ['--network', 'none'];

t.test('create, ls, inspect, exists', async (t) => {
  const made = sandbox.run(['secret', 'create', '-l', 'job=7', 'key', '-'], { input: canary });
  t.match(made, { code: 0, stdout: /^[0-9a-f]{25}\n$/, stderr: '' });
  const id = made.stdout.trim();
  t.match(sandbox.run(['secret', 'create', 'key', '-'], { input: 'x' }), {
    code: 125,
    stderr: 'Error: key: secret name in use\n',
  });
  t.match(sandbox.run(['secret', 'create', 'b/c', '-'], { input: 'x' }), {
    code: 125,
    stderr: /invalid secret name "b\/c"/,
  });
  for (const input of ['', 'x'.repeat(512_000)]) {
    t.match(sandbox.run(['secret', 'create', 'size', '-'], { input }), {
      code: 125,
      stderr: /larger than 0 and less than 512000 bytes/,
    });
  }
  t.match(secret('create', 'absent', '/nonexistent'), { code: 125, stderr: /no such file/ });
  t.match(secret('create', 'unset', 'NO_SUCH_VARIABLE', '--env'), {
    code: 125,
    stderr: /"NO_SUCH_VARIABLE" is not set/,
  });
  const env = { FROM_ENV: 'a, "b"\n' };
  t.equal(sandbox.run(['secret', 'create', '--env', 'variable', 'FROM_ENV'], { env }).code, 0);
  const [heading, line] = sandbox.ok('secret', 'ls', '--filter', 'name=^k').split('\n');
  t.match(heading, /^ID +NAME +DRIVER +CREATED +UPDATED$/);
  t.match(line, new RegExp(`^${id} +key +file +.*ago`));
  t.match(secret('ls', '--filter', 'x=y'), { code: 125, stderr: /x is an invalid filter/ });
  const inspected = secret('inspect', id.slice(0, 9), 'nobody');
  t.match(inspected, { code: 125, stderr: /"nobody": no such secret/ });
  t.match(JSON.parse(inspected.stdout), [
    { ID: id, Spec: { Name: 'key', Driver: { Name: 'file' }, Labels: { job: '7' } } },
  ]);
  t.notMatch(inspected.stdout, canary);
  const shown = ['inspect', '--showsecret', '--format', '{{.SecretData}}', 'variable'];
  t.equal(sandbox.ok('secret', ...shown), 'a, "b"\n\n');
  t.same([secret('exists', 'key').code, secret('exists', 'nobody').code], [0, 1]);
  const files = readdirSync(join(sandbox.root, 'secrets'));
  t.equal(files.length, 4);
  for (const file of files) {
    t.equal(statSync(join(sandbox.root, 'secrets', file)).mode & 0o777, 0o600, file);
  }
});

t.test('a container has the value, and nothing else does', async (t) => {
  const script = 'ls -ln /run/secrets /etc/k; cat /run/secrets/key /etc/k; echo; echo "$TOKEN"';
  const flags = [
    ...['--secret', 'key', '--secret', 'key,target=/etc/k,uid=5,gid=6,mode=0400'],
    ...['--secret', 'key,type=env,target=TOKEN', '--log-driver', 'none', '--name', 'c'],
  ];
  const shown = sandbox.ok('run', ...quick, ...flags, 'hello', 'sh', '-c', script);
  t.match(shown, /-r--r--r-- +1 0 +0 +19 .* key\n/);
  t.match(shown, /-r-------- +1 5 +6 +19 .* \/etc\/k\n/);
  t.ok(shown.endsWith(`${canary}${canary}\n${canary}\n`));
  const [{ Config }] = JSON.parse(sandbox.ok('inspect', 'c'));
  t.match(Config.Secrets, [{ Name: 'key', ID: /^[0-9a-f]{25}$/, UID: 0, Mode: 0o444 }, { UID: 5 }]);
  t.ok(Config.Env.includes('TOKEN=*******'));
  sandbox.ok('commit', 'c', 'committed');
  t.notMatch(sandbox.ok('history', '--no-trunc', 'committed'), canary);
  const debug = sandbox.run(['--log-level', 'debug', 'start', 'c']);
  t.equal(debug.code, 0);
  t.notMatch(debug.stderr, canary);
  const explained = sandbox.ok('run', '--explain', ...flags.slice(0, 6), 'hello', 'true');
  t.match(explained, /pinSecret/);
  t.notMatch(explained, canary);
  // Everything that bryo has written, but the file that holds the value.
  const found = spawnSync('grep', ['-rlaF', canary, sandbox.root, sandbox.runroot], {
    encoding: 'utf8',
  });
  t.match(found.stdout, /^[^\n]*\/secrets\/[0-9a-f]{25}\.data\n$/);
  sandbox.ok('rm', 'c');
});

t.test('a new value counts from the next start on', async (t) => {
  const show = 'cat /run/secrets/key; echo; sleep 100';
  const flags = ['-d', '--init', '--name', 'r', '--secret', 'key', '--secret', 'key,type=env'];
  sandbox.ok('run', ...quick, ...flags, 'hello', 'sh', '-c', show);
  const replaced = ['secret', 'create', '--replace', 'key', '-'];
  t.equal(sandbox.run(replaced, { input: 'second' }).code, 0);
  t.equal(sandbox.ok('exec', 'r', 'cat', '/run/secrets/key'), canary);
  t.equal(sandbox.ok('exec', 'r', 'sh', '-c', 'echo "$key"'), 'second\n', 'a new session');
  sandbox.ok('restart', 'r');
  t.equal(sandbox.ok('exec', 'r', 'cat', '/run/secrets/key'), 'second');
  sandbox.ok('stop', 'r');
  t.match(sandbox.ok('secret', 'rm', 'key'), /^[0-9a-f]{25}\n$/);
  t.match(sandbox.run(['start', 'r']), { code: 125, stderr: /"key": no such secret/ });
  t.match(sandbox.run(['create', '--secret', 'key', 'hello']), {
    code: 125,
    stderr: /"key": no such secret/,
  });
  sandbox.ok('rm', 'r');
});

t.test('the shell driver', async (t) => {
  const place = sandbox.makeDirectory('kept');
  const commands = {
    list: `ls ${place}`,
    lookup: `cat ${place}/$SECRET_ID`,
    store: `cat > ${place}/$SECRET_ID`,
    delete: `rm ${place}/$SECRET_ID`,
  };
  const options = Object.entries(commands).map(([key, value]) => `${key}=${value}`);
  const create = ['secret', 'create', '--driver', 'shell', '--driver-opts'];
  t.match(sandbox.run([...create, options.slice(1).join(','), 'sh', '-'], { input: 'x' }), {
    code: 125,
    stderr: /--driver-opts list=COMMAND is needed/,
  });
  const made = sandbox.run([...create, options.join(','), 'sh', '-'], { input: 'outside' });
  t.match(made, { code: 0, stderr: '' });
  t.same(readdirSync(place), [made.stdout.trim()]);
  const run = ['run', '--rm', ...quick, '--secret', 'sh', 'hello', 'cat', '/run/secrets/sh'];
  t.equal(sandbox.ok(...run), 'outside');
  const failing = [...options.slice(0, 2), 'store=echo nope >&2; exit 3', 'delete=true'];
  // More than a pipe holds: the command ends without having read all of it.
  for (const input of ['x', 'x'.repeat(400_000)]) {
    t.match(sandbox.run([...create, failing.join(','), 'bad', '-'], { input }), {
      code: 125,
      stderr: /the store command of secret bad failed: nope/,
    });
  }
  sandbox.ok('secret', 'rm', '--all');
  t.same(readdirSync(place), []);
  t.match(secret('create', '-d', 'pass', 'x', '-'), { code: 125, stderr: /pass is not supported/ });
});

t.test('bad requests', async (t) => {
  writeFileSync(join(sandbox.directory, 'file'), 'x');
  sandbox.ok('secret', 'create', 'key', join(sandbox.directory, 'file'));
  const cases: [string, RegExp][] = [
    ['', /the name of a secret is needed/],
    ['key,type=file', /type is mount or env/],
    ['key,type=env,mode=0400', /there is no option mode/],
    ['key,target=../x', /the target is no path of a file/],
    ['key,mode=9', /mode is octal/],
    ['key,uid=x', /a whole number/],
  ];
  for (const [flag, message] of cases) {
    t.match(sandbox.run(['create', '--secret', flag, 'hello']), { code: 125, stderr: message });
  }
  t.match(secret('rm', 'nobody'), { code: 125, stderr: /"nobody": no such secret/ });
  t.equal(sandbox.ok('secret', 'rm', '--ignore', 'nobody'), '');
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('secret', 'rm', '--all');
  t.same(readdirSync(join(sandbox.root, 'secrets')), []);
  t.same(sandbox.close(), []);
});
