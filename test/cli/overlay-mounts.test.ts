import { chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const inside = (flags: string[], script: string) =>
  sandbox.run([...quick, ...flags, 'hello', 'sh', '-c', script]);
const good = (stdout: string) => ({ code: 0, stdout, stderr: '' });

/** A directory with a file. */
function makeSource(name: string): string {
  const path = sandbox.makeDirectory(name);
  writeFileSync(join(path, 'file'), 'below\n');
  chownSync(join(path, 'file'), testUser().uid, testUser().gid);
  return path;
}

t.test('option O: what is written goes with the process', async (t) => {
  const source = makeSource('lower');
  const flag = ['-v', `${source}:/m:O`];
  const script = 'cat /m/file; rm /m/file; echo new > /m/new; ls /m';
  t.match(inside(flag, script), good('below\nnew\n'));
  t.same(readdirSync(source), ['file'], 'the source is as it was');
  t.match(inside(['-v', `${source}:/m:O,ro`], 'echo x > /m/x'), { code: 1, stderr: /Read-only/ });
  sandbox.ok(
    'create',
    '--name',
    'again',
    ...flag,
    '--network',
    'none',
    'hello',
    'sh',
    '-c',
    script,
  );
  for (const start of ['first', 'second']) {
    t.equal(sandbox.ok('start', '-a', 'again'), 'below\nnew\n', `nothing is kept: ${start}`);
  }
  t.match(sandbox.ok('inspect', '--format', '{{json .Mounts}}', 'again'), /"Destination":"\/m"/);
  t.equal(
    sandbox.ok('export', 'again').includes('below\n'),
    false,
    'it is no part of the container',
  );
  sandbox.ok('rm', 'again');
  sandbox.ok(...quick, '-v', 'named:/v', 'hello', 'sh', '-c', 'echo kept > /v/file');
  t.match(inside(['-v', 'named:/v:O'], 'cat /v/file; echo no > /v/file'), good('kept\n'));
  t.match(inside(['-v', 'named:/v'], 'cat /v/file'), good('kept\n'));
});

t.test('option O with directories of the caller', async (t) => {
  const [source, upper, work] = [
    makeSource('l'),
    sandbox.makeDirectory('u'),
    sandbox.makeDirectory('w'),
  ];
  const flag = `${source}:/m:O,upperdir=${upper},workdir=${work}`;
  t.match(inside(['-v', flag], 'echo new > /m/new'), good(''));
  t.equal(readFileSync(join(upper, 'new'), 'utf8'), 'new\n');
  t.match(inside(['-v', flag], 'ls /m'), good('file\nnew\n'), 'it stays');
  const wrong = (options: string) => inside(['-v', `${source}:/m:${options}`], 'true');
  t.match(wrong(`upperdir=${upper},workdir=${work}`), { code: 125, stderr: /needs the option O/ });
  t.match(wrong(`O,upperdir=${upper}`), { code: 125, stderr: /go together/ });
  t.match(wrong(`O,upperdir=/nowhere,workdir=${work}`), { code: 125, stderr: /\/nowhere/ });
});

t.test('option U: everything belongs to the user', async (t) => {
  const { uid } = testUser();
  const source = makeSource('given');
  const owners = "stat -c '%u:%g %n' /m /m/file";
  const flag = ['-v', `${source}:/m:U`];
  t.match(inside(['-u', '33:44', ...flag], owners), good('33:44 /m\n33:44 /m/file\n'));
  t.not(statSync(join(source, 'file')).uid, uid);
  t.match(inside(['-v', `${source}:/m`], 'chown 7:8 /m/file'), good(''));
  t.match(inside(['-u', '33:44', ...flag], owners), good('33:44 /m\n7:8 /m/file\n'), 'once');
  const named = ['--mount', `type=bind,src=${source},dst=/m,U=true`];
  t.match(inside(named, owners), good('0:0 /m\n0:0 /m/file\n'));
  t.equal(statSync(join(source, 'file')).uid, uid, 'and back');
  t.match(
    inside(['-u', '33', '-v', `${source}:/m:U,O`], 'echo x > /m/file; cat /m/file'),
    good('x\n'),
  );
  t.equal(statSync(join(source, 'file')).uid, uid, 'of an overlay only what covers the source');
  const home = inside(['-v', '/:/m:U'], 'true');
  t.match(home, { code: 125, stderr: /the owners of all files in "\/" shall not change/ });
  t.match(inside(['-u', '33', '-v', 'own:/v:U'], 'echo x > /v/x; stat -c %u /v'), good('33\n'));
});

t.test('files of an image', async (t) => {
  const mount = (more: string) => ['--mount', `type=image,source=hello,target=/i${more}`];
  t.match(inside(mount(''), 'test -x /i/bin/busybox && echo x > /i/x'), {
    code: 1,
    stderr: /Read-only/,
  });
  t.match(inside(mount(',rw=true'), 'echo x > /i/x; cat /i/x'), good('x\n'));
  t.match(inside(mount(',rw=true'), 'test ! -e /i/x'), good(''), 'nothing stays');
  t.match(inside(mount(',subpath=etc'), 'cat /i/passwd | head -n 1'), { stdout: /^root:/ });
  t.match(inside(['--mount', 'type=image,source=nope,target=/i'], 'true'), {
    code: 125,
    stderr: /^Error: .*nope: image not known/,
  });
  t.match(inside(['--mount', 'type=image,target=/i'], 'true'), {
    code: 125,
    stderr: /image is needed/,
  });
  // Only its files are needed: the image cannot go before the container.
  const tar = sandbox.run(['save', '-o', join(sandbox.directory, 'hello.tar'), 'hello']);
  t.match(tar, good(''));
  sandbox.ok('tag', 'hello', 'localhost/other');
  const id = sandbox
    .ok('commit', '-q', sandbox.ok('create', '--name', 'base', 'hello').trim())
    .trim();
  sandbox.ok(
    'create',
    '--name',
    'mounter',
    '--mount',
    `type=image,source=${id},target=/i`,
    'hello',
  );
  t.match(sandbox.run(['rmi', id]), { code: 2, stderr: /in use|used by/ });
  t.notMatch(sandbox.ok('image', 'prune', '-af'), id);
  t.match(sandbox.ok('inspect', '--format', '{{json .Mounts}}', 'mounter'), /"Type":"image"/);
  sandbox.ok('rm', 'mounter', 'base');
  sandbox.ok('rmi', id);
});

t.test('a part of a volume', async (t) => {
  const fill = 'mkdir -p /v/a/b; echo deep > /v/a/b/f; ln -s /etc /v/out; ln -s ../../a/b /v/in';
  t.match(inside(['-v', 'parts:/v'], fill), good(''));
  const part = (path: string) => ['--mount', `type=volume,src=parts,dst=/p,subpath=${path}`];
  t.match(inside(part('a/b'), 'cat /p/f'), good('deep\n'));
  t.match(inside(part('a/b/f'), 'cat /p'), good('deep\n'), 'a file');
  t.match(
    inside(part('in'), 'cat /p/f'),
    good('deep\n'),
    'a link leads nowhere but into the volume',
  );
  t.match(inside(part('out'), 'ls /p'), {
    code: 125,
    stderr: /cannot mount "out" of .*no such file/,
  });
  t.match(inside(part('../x'), 'true'), { code: 125, stderr: /subpath is a path in it/ });
  t.match(inside(part('none'), 'true'), { code: 125, stderr: /no such file/ });
});

t.test('volumes with owners', async (t) => {
  const create = (...words: string[]) => sandbox.run(['volume', 'create', ...words]);
  t.match(create('-o', 'o=uid=33,gid=44', 'owned'), good('owned\n'));
  t.match(inside(['-v', 'owned:/etc'], 'stat -c %u:%g /etc; test -e /etc/passwd'), good('33:44\n'));
  t.match(create('-o', 'nocopy', 'bare'), good('bare\n'));
  t.match(inside(['-v', 'bare:/etc'], 'ls /etc | grep -c passwd'), { stdout: '0\n' });
  t.match(create('-o', 'o=uid=4000000000', 'x'), { code: 125, stderr: /no such id in containers/ });
  t.match(create('-o', 'o=uid=me', 'x'), { code: 125, stderr: /uid has to be a number/ });
  t.match(create('-o', 'o=size=1m', 'x'), { code: 125, stderr: /not supported for a directory/ });
  t.equal(sandbox.ok('volume', 'ls', '-q', '--filter', 'name=^x$'), '', 'nothing was made');
  const [view] = JSON.parse(sandbox.ok('volume', 'inspect', 'owned'));
  t.match(view, { UID: 33, GID: 44, Options: { o: 'uid=33,gid=44' } });
});

t.test('volume mount, unmount, reload', async (t) => {
  const flags = [...productArgv(), ...sandbox.flags].map((word) => `'${word}'`).join(' ');
  const unshared = (script: string) =>
    sandbox.run(['unshare', 'sh', '-c', `B="${flags}"; ${script}`]);
  sandbox.ok(...quick, '-v', 'named:/v', 'hello', 'chown', '33', '/v/file');
  const looked = unshared(
    'stat -c %u $(eval $B volume mount named)/file; eval $B volume unmount named',
  );
  t.match(looked, good('33\nnamed\n'), 'owners are as containers see them');
  sandbox.ok('volume', 'create', '-o', 'type=tmpfs', 'fleeting');
  t.match(unshared('eval $B volume mount fleeting'), {
    code: 125,
    stderr: /each container has its own/,
  });
  t.match(unshared('eval $B volume mount nope'), { code: 1, stderr: /no such volume/ });
  t.match(sandbox.run(['volume', 'mount', 'named']), {
    code: 125,
    stderr: /must execute 'bryo unshare'/,
  });
  t.match(sandbox.run(['volume', 'reload']), good(''));
});

t.test('nothing is left behind', async (t) => {
  const containers = join(sandbox.root, 'containers');
  t.same(existsSync(containers) ? readdirSync(containers) : [], []);
  t.same(sandbox.close(), []);
});
