import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { addon } from '../../src/native/addon.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const host = sandbox.makeDirectory('host');
const user = testUser();

function put(path: string, text: string, mode = 0o644): void {
  writeFileSync(join(host, path), text, { mode });
  chownSync(join(host, path), user.uid, user.gid);
}

function directory(path: string): void {
  mkdirSync(join(host, path));
  chownSync(join(host, path), user.uid, user.gid);
}

function read(container: string, path: string): string {
  return execFileSync('tar', ['-xO'], { input: archive(container, path), encoding: 'utf8' });
}

function archive(container: string, path: string): Buffer {
  const [program = '', ...rest] = sandbox.argv(['cp', `${container}:${path}`, '-']);
  return spawnSync(program, rest).stdout;
}

function refused(args: string[], stderr: RegExp): void {
  t.match(sandbox.run(['cp', ...args]), { code: 125, stdout: '', stderr }, args.join(' '));
}

directory('d');
directory('d/e');
put('d/f', 'one\n', 0o751);
put('d/e/g', 'two\n');
put('d/.wh.x', 'a name like any other\n');
symlinkSync('/etc/passwd', join(host, 'd', 'l'));

sandbox.ok(
  'run',
  '-d',
  '--network',
  'none',
  '--name',
  'up',
  '-v',
  'vol:/vol',
  'hello',
  'sleep',
  '1000',
);
sandbox.ok(
  'create',
  '--network',
  'none',
  '--name',
  'down',
  '-v',
  'vol:/vol',
  'hello',
  'sleep',
  '1000',
);

for (const name of ['up', 'down']) {
  t.test(`into and out of a container that is ${name}`, async (t) => {
    sandbox.ok('cp', join(host, 'd'), `${name}:/new`);
    t.equal(read(name, '/new/f'), 'one\n', 'a new directory gets the content');
    sandbox.ok('cp', join(host, 'd'), `${name}:/new`);
    t.equal(read(name, '/new/d/e/g'), 'two\n', 'an existing one gets the directory');
    directory(`only-${name}`);
    sandbox.ok('cp', join(host, 'd/f'), `${name}:new/`);
    sandbox.ok('cp', `${join(host, 'd')}/.`, `${name}:/new/d/e`);
    t.equal(read(name, '/new/d/e/.wh.x'), 'a name like any other\n');
    sandbox.ok('cp', join(host, 'd/e/g'), `${name}:/new/f`);
    t.equal(read(name, '/new/f'), 'two\n', 'a file takes the place of a file');
    sandbox.ok('cp', `${name}:/new/d`, join(host, `out-${name}`));
    t.equal(readFileSync(join(host, `out-${name}`, 'e', 'f'), 'utf8'), 'one\n');
    t.equal(statSync(join(host, `out-${name}`, 'f')).mode & 0o7777, 0o751);
    t.equal(statSync(join(host, `out-${name}`, 'f')).uid, user.uid);
    t.equal(read(name, '/new/f'), read(name, 'new/f'), 'paths begin at the root');
  });

  t.test(`archives for a container that is ${name}`, async (t) => {
    const [program = '', ...rest] = sandbox.argv(['cp', '-', `${name}:/root`]);
    const input = execFileSync('tar', ['-cz', '-C', host, 'd']);
    t.match(spawnSync(program, rest, { input, encoding: 'utf8' }), { status: 0, stderr: '' });
    t.equal(read(name, '/root/d/e/g'), 'two\n');
    const listed = execFileSync('tar', ['-t'], {
      input: archive(name, '/root/d'),
      encoding: 'utf8',
    });
    t.same(listed.trim().split('\n').sort(), ['d/', 'd/.wh.x', 'd/e/', 'd/e/g', 'd/f', 'd/l']);
    t.match(sandbox.run(['cp', '-', `${name}:/nope`]), {
      code: 125,
      stderr: /destination must be a directory when copying from stdin/,
    });
  });

  t.test(`what cannot be copied (${name})`, async () => {
    refused(
      [join(host, 'nope'), `${name}:/`],
      /nope" could not be found on the host: no such file or directory/,
    );
    refused(
      [`${name}:/nope`, host],
      /^Error: "\/nope" could not be found on container [a-z]+: no such file/,
    );
    refused(
      [join(host, 'd'), `${name}:/etc/passwd`],
      /destination must be a directory when copying a directory/,
    );
    refused(
      [join(host, 'd/f'), `${name}:/no/such`],
      /"\/no\/such" could not be found on container/,
    );
    refused([join(host, 'd/f'), `${name}:/nope/`], /"\/nope\/" could not be found on container/);
    refused([`${name}:/bin/busybox`, join(host, 'd/f/x')], /not a directory|ENOTDIR/i);
  });
}

t.test('owners', async (t) => {
  sandbox.ok('create', '--name', 'owned', '--user', '1000:7', '--network', 'none', 'hello');
  sandbox.ok('cp', join(host, 'd/f'), 'owned:/a');
  sandbox.ok('cp', '--archive=false', join(host, 'd/f'), 'owned:/b');
  const list = (path: string) =>
    execFileSync('tar', ['-tv', '--numeric-owner'], {
      input: archive('owned', path),
      encoding: 'utf8',
    });
  t.match(list('/a'), / 1000\/7 /);
  t.match(list('/b'), / 0\/0 /, 'as the namespace shows them');
  const theirs = join(host, 'theirs');
  sandbox.ok(
    'unshare',
    'sh',
    '-c',
    `echo x > ${theirs} && chown 5:6 ${theirs} && chmod 600 ${theirs}`,
  );
  sandbox.ok('cp', '-a=false', theirs, 'owned:/c');
  t.match(list('/c'), / 5\/6 /);
});

t.test('volumes, and between containers', async (t) => {
  sandbox.ok('cp', join(host, 'd/f'), 'up:/vol/f');
  t.equal(read('down', '/vol/f'), 'one\n');
  sandbox.ok('cp', 'up:/vol/f', 'down:/copied');
  t.equal(read('down', '/copied'), 'one\n');
  sandbox.ok('start', 'down');
  sandbox.ok('cp', 'down:/copied', 'up:/back');
  t.equal(sandbox.ok('exec', 'up', 'cat', '/back'), 'one\n');
});

t.test('a file that is mounted is written, not replaced', async (t) => {
  put('hosts', '127.0.0.1 copied\n');
  sandbox.ok('cp', join(host, 'hosts'), 'up:/etc/hosts');
  t.equal(sandbox.ok('exec', 'up', 'cat', '/etc/hosts'), '127.0.0.1 copied\n');
});

t.test('kinds are kept unless it is asked for', async (t) => {
  sandbox.ok('exec', 'up', 'mkdir', '-p', '/kinds/d/f');
  refused([join(host, 'd'), 'up:/kinds'], /directory/);
  sandbox.ok('cp', '--overwrite', join(host, 'd'), 'up:/kinds');
  t.equal(sandbox.ok('exec', 'up', 'cat', '/kinds/d/f'), 'one\n');
});

t.test('directories that nobody may write', async (t) => {
  const make =
    'mkdir -p /w/ro/sub /w/none; echo y >/w/ro/g; echo z >/w/ro/sub/h; chmod 555 /w/ro/sub /w/ro; chmod 0 /w/none';
  sandbox.ok('exec', 'up', 'sh', '-c', make);
  const target = join(host, 'read-only');
  sandbox.ok('cp', 'up:/w', target);
  const modes = ['ro', 'ro/sub', 'none'].map((name) => statSync(join(target, name)).mode & 0o777);
  t.same(modes, [0o555, 0o555, 0]);
  t.equal(readFileSync(join(target, 'ro/sub/h'), 'utf8'), 'z\n');
  for (const name of ['none', 'ro', 'ro/sub']) chmodSync(join(target, name), 0o755);
});

t.test('files whose size is known only when they are read', async (t) => {
  // What these say does not change while the test runs.
  for (const path of ['/proc/version', '/proc/sys/kernel/ostype', '/sys/kernel/fscaps']) {
    const { code, stdout } = sandbox.run(['exec', 'up', 'cat', path]);
    t.equal(code, 0, path);
    const target = join(host, path.replaceAll('/', '_'));
    sandbox.ok('cp', `up:${path}`, target);
    t.equal(readFileSync(target, 'utf8'), stdout, path);
    t.not(stdout, '');
  }
});

t.test('export', async (t) => {
  const path = join(host, 'all.tar');
  sandbox.ok('export', '-o', path, 'up');
  const names = execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).split('\n');
  for (const name of ['bin/busybox', 'etc/passwd', 'new/d/e/g', 'vol/', 'proc/']) {
    t.ok(names.includes(name), name);
  }
  t.notOk(names.includes('vol/f'));
  t.notOk(names.some((name) => name.startsWith('/') || name.startsWith('.')));
  sandbox.ok('import', path, 'flat');
  t.equal(sandbox.ok('run', '--rm', '--network', 'none', 'flat', 'cat', '/new/d/e/g'), 'two\n');
  t.match(sandbox.run(['export', 'nope']), { code: 125 });
});

t.test('a container that is held is not started meanwhile', async (t) => {
  const id = sandbox.ok('create', '--name', 'busy', '--network', 'none', 'hello', 'true').trim();
  const child = sandbox.start(['cp', '-', 'busy:/tmp']);
  const ended = new Promise((resolve) => child.on('close', resolve));
  // It holds the lock until its standard input ends. Another command would take it away from it.
  const lock = join(sandbox.root, 'containers', id, 'lock');
  await eventually('the lock is held', () => existsSync(lock) && addon().lockOwner(lock) !== 0);
  const refusal = sandbox.run(['cp', 'busy:/etc/passwd', join(host, 'x')]);
  t.match(refusal, { code: 125, stderr: /in use by another command/ });
  child.stdin?.end(execFileSync('tar', ['-c', '-C', host, 'd']));
  t.equal(await ended, 0);
  sandbox.ok('start', 'busy');
});

function names(path: string): string[] {
  const input = archive('placed', path);
  return execFileSync('tar', ['-t'], { input, encoding: 'utf8' }).trim().split('\n').sort();
}

t.test('names and places are those that podman takes', async (t) => {
  sandbox.ok('create', '--name', 'placed', '--network', 'none', '-w', '/root', 'hello');
  symlinkSync('d/f', join(host, 'link'));
  symlinkSync('d', join(host, 'tree'));
  sandbox.ok('cp', join(host, 'link'), 'placed:.');
  sandbox.ok('cp', `${join(host, 'tree')}/`, 'placed:/root');
  const tree = ['tree/', 'tree/.wh.x', 'tree/e/', 'tree/e/g', 'tree/f', 'tree/l'];
  t.same(names('/root/.'), ['link', ...tree], 'links are sent under their own names');
  t.equal(read('placed', 'tree/e/g'), 'two\n', 'the working directory is where paths begin');
  sandbox.ok('cp', 'placed:link', 'placed:again');
  t.equal(read('placed', '/root/again'), 'one\n', 'within one container that does not run');
  refused(['placed:', host], /a path is needed/);
  refused(['placed:/root/link/.', '-'], /Not a directory/);
});

t.test('links that dangle are written through, in the container', async (t) => {
  const links = sandbox.makeDirectory('links');
  symlinkSync('/root/made', join(links, 'first'));
  symlinkSync('first', join(links, 'second'));
  symlinkSync('round', join(links, 'round'));
  symlinkSync('/no/such/made', join(links, 'nowhere'));
  sandbox.ok('cp', `${links}/.`, 'placed:/root');
  sandbox.ok('cp', join(host, 'd/f'), 'placed:/root/second');
  t.equal(read('placed', '/root/made'), 'one\n');
  const listed = execFileSync('tar', ['-tv'], { input: archive('placed', '/root/.') }).toString();
  t.match(listed, / second -> first\n/);
  refused([join(host, 'd/f'), 'placed:/root/round'], /Too many levels/);
  refused(
    [join(host, 'd/f'), 'placed:/root/nowhere'],
    /"\/root\/nowhere" could not be found on container/,
  );
});

t.test('what is no archive', async (t) => {
  const send = (input: string) => sandbox.run(['cp', '-', 'placed:/root'], { input });
  t.match(send('hello\n'), { code: 125, stderr: /source must be a \(compressed\) tar archive/ });
  t.match(send(''), { code: 125, stderr: /nothing was sent/ });
  t.match(send('\0'.repeat(10_240)), { code: 0, stderr: '' });
});

t.test('bad places', async (t) => {
  t.match(sandbox.run(['cp', 'a', 'b']), { code: 125, stderr: /needs a container/ });
  t.match(sandbox.run(['cp', 'gone:/a', 'b']), { code: 125, stderr: /no such container/ });
  t.notOk(existsSync(join(host, 'b')));
});

t.test('what lies in a volume of a created container gets what is copied there', async (t) => {
  const inside = sandbox.makeDirectory('inside');
  const file = join(sandbox.makeDirectory('source'), 'file');
  writeFileSync(file, 'content');
  const mounts = ['-v', 'outer:/v', '-v', `${inside}:/v/inside`];
  sandbox.ok('create', '--name', 'nested', '--network', 'none', ...mounts, 'hello', 'true');
  sandbox.ok('cp', file, 'nested:/v/inside');
  t.equal(readFileSync(join(inside, 'file'), 'utf8'), 'content');
  sandbox.ok('start', '-a', 'nested');
  sandbox.ok('rm', 'nested');
  sandbox.ok('volume', 'rm', 'outer');
});

t.test('nothing is left behind', async (t) => {
  sandbox.run(['volume', 'rm', '-f', 'vol']);
  t.same(sandbox.close(), []);
});
