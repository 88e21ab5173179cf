import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';

const sandbox = new Sandbox();
const none = ['--network', 'none'];
const create = (name: string, ...flags: string[]) =>
  sandbox.ok('create', '--name', name, ...none, ...flags, 'hello', 'cat', '/root/new').trim();

/** Runs a script in which $BRYO is the whole command with its flags, within `bryo unshare`. */
function unshared(script: string, flags: readonly string[] = []) {
  const words = [...productArgv(), ...sandbox.flags, ...flags].map((word) => `'${word}'`);
  return sandbox.run(['unshare', 'sh', '-c', `B="${words.join(' ')}"; ${script}`]);
}

t.test('a session is needed, and the error says so', async (t) => {
  create('outside');
  for (const verb of [['mount', 'outside'], ['mount'], ['image', 'mount', 'hello']]) {
    t.match(sandbox.run(verb), {
      code: 125,
      stdout: '',
      stderr: /in rootless mode, must execute 'bryo unshare' first/,
    });
  }
  t.match(sandbox.run(['unmount', 'outside']), { code: 0, stdout: 'outside\n', stderr: '' });
  sandbox.ok('rm', 'outside');
});

for (const driver of ['overlay', 'fuse-overlayfs', 'vfs']) {
  const flags = ['--storage-driver', driver];

  t.test(`${driver}: mounts are counted and listed`, async (t) => {
    const id = sandbox.ok(...flags, 'create', '--name', 'c', ...none, 'hello', 'cat', '/root/new');
    const script = `
      p=$(eval $B mount c); q=$(eval $B mount c); test "$p" = "$q" || echo differs
      echo seen > $p/root/new
      eval $B mount | grep -c ^${id.slice(0, 12)}
      eval $B unmount c; eval $B mount | wc -l; eval $B unmount c; eval $B mount | wc -l
      eval $B unmount c
      eval $B mount c > /dev/null; eval $B mount c > /dev/null; eval $B umount --force c
      eval $B mount | wc -l`;
    const result = unshared(script, flags);
    t.equal(result.stderr, '');
    t.equal(result.stdout, '1\nc\n1\nc\n0\nc\nc\n0\n');
    t.equal(sandbox.ok('start', '--attach', 'c'), 'seen\n', 'what was written is there');
    sandbox.ok('rm', 'c');
  });

  t.test(`${driver}: images can be read`, async (t) => {
    const script = `
      p=$(eval $B image mount hello); cat $p/etc/passwd | head -n 1; touch $p/x
      eval $B image mount | sed 's/ .*//'; eval $B image mount hello > /dev/null
      eval $B image unmount hello | wc -l; ls $p | wc -l | sed 's/^[1-9].*/there/'
      eval $B image unmount -f hello | wc -l; test -e $p/etc || echo gone
      eval $B image unmount hello; eval $B image unmount --all`;
    const result = unshared(script, flags);
    const name = 'localhost/hello:latest';
    t.equal(result.stdout, `root:x:0:0:root:/root:/bin/sh\n${name}\n1\nthere\n1\ngone\n`);
    if (driver !== 'vfs') t.match(result.stderr, /Read-only file system/);
  });
}

t.test('JSON, --all, --latest', async (t) => {
  const ids = [create('one'), create('two')];
  const listed = unshared('eval $B mount --all > /dev/null; eval $B mount --format json');
  const rows = JSON.parse(listed.stdout);
  t.same(
    rows.map((row: { id: string; Names: string[] }) => [row.id, row.Names]),
    [
      [ids[0], ['one']],
      [ids[1], ['two']],
    ],
  );
  const long = unshared('eval $B mount --latest; eval $B mount --no-trunc; eval $B unmount --all');
  t.match(long.stdout, new RegExp(`/${ids[1]}/merged\n${ids[1]} +/.*\n${ids[1]}\n$`));
  const images = unshared('eval $B image mount --all; eval $B image mount --format json');
  t.match(images.stdout, /^localhost\/hello:latest +\/.*\n\[\n \{\n {2}"id": "[0-9a-f]{64}"/);
  for (const [words, why] of [
    ['mount nosuch', /no container with name or ID "nosuch"/],
    ['mount --all one', /no arguments are needed with --all/],
    ['mount --format yaml', /unknown --format argument/],
    ['unmount', /you must provide at least one name or id/],
    ['image mount nosuch', /nosuch: image not known/],
    ['image unmount', /image name or ID must be specified/],
  ] as const) {
    t.match(unshared(`eval $B ${words}`), { code: 125, stdout: '', stderr: why });
  }
});

t.test('nothing uses a mounted container twice, and removal ends its mount', async (t) => {
  const result = unshared(`
    p=$(eval $B mount one); eval $B start one; eval $B cp one:/etc/passwd -
    eval $B rm one; eval $B mount | wc -l; test -e $p && echo left
    q=$(eval $B image mount hello); eval $B rmi --force hello > /dev/null; test -e $q && echo left`);
  t.match(result.stderr, /^(Error: container one is mounted by 'bryo mount' .*\n){2}$/);
  t.equal(result.stdout, 'one\n0\n');
  t.equal(sandbox.ok('ps', '-aq'), '', 'and with the image what was made of it');
});

t.test('a running container and its mount see the same files and end together', async (t) => {
  const script = `echo inside > /root/here; until test -s /root/go; do sleep 0.02; done
      cat /root/go; echo back > /root/back; exec sleep 1000`;
  sandbox.ok('run', '-d', '--name', 'runs', ...none, 'hello', 'sh', '-c', script);
  const result = unshared(`
    p=$(eval $B mount runs); q=$(eval $B mount runs); test "$p" = "$q" || echo differs
    until test -s $p/root/here; do sleep 0.02; done; cat $p/root/here
    echo outside > $p/root/go; until test -s $p/root/back; do sleep 0.02; done; cat $p/root/back
    eval $B unmount runs; eval $B mount | wc -l; eval $B unmount runs; eval $B mount | wc -l
    test -e $p/root && echo left
    eval $B mount --all > /dev/null; eval $B stop -t0 runs; eval $B mount | wc -l
    test -e $p/root && echo left
    eval $B mount runs > /dev/null; cat $p/root/back; eval $B start runs; eval $B unmount runs
    eval $B start runs; eval $B mount runs > /dev/null; eval $B restart -t0 runs; eval $B mount | wc -l
    eval $B mount runs > /dev/null; eval $B mount | wc -l; eval $B rm -ft0 runs
    eval $B mount | wc -l; test -e $p && echo left; exit 7`);
  t.match(result.stderr, /^Error: container runs is mounted by 'bryo mount' .*\n$/);
  const counted = 'runs\n1\nruns\n0\nruns\n0\n';
  t.equal(
    result.stdout,
    `inside\nback\n${counted}back\nruns\nruns\nruns\n0\n1\nruns\n0\n`,
    'a start that is refused, one that is not, a restart, a removal',
  );
  t.equal(result.code, 7);
});

t.test('running ones that share namespaces, are read-only, or wait', async (t) => {
  sandbox.ok('run', '-d', '--name', 'first', ...none, '--read-only', 'hello', 'sleep', '1000');
  const joining = ['--userns', 'container:first', '--pid', 'container:first'];
  sandbox.ok('run', '-d', '--name', 'second', ...none, ...joining, 'hello', 'sleep', '1000');
  create('third');
  sandbox.ok('init', 'third');
  const { stdout, stderr } = unshared(`
    for c in first second third; do p=$(eval $B mount $c); echo $c > $p/new; cat $p/new; done
    eval $B unshare $B mount | wc -l; eval $B unmount first
    eval $B unshare sh -c "'p=\\$($B mount first); cat \\$p/new; $B mount first >&2'"
    eval $B mount | wc -l`);
  t.equal(stderr.replace(/^\/.*\/merged\n$/, ''), '');
  t.equal(stdout, 'first\nsecond\nthird\n0\nfirst\nfirst\n2\n', 'also in a session within one');
  t.match(sandbox.run(['exec', 'first', 'touch', '/new']), { stderr: /Read-only file system/ });
  sandbox.ok('rm', '-ft0', 'third', 'second', 'first');
});

t.test('only the container sees what fuse-overlayfs serves it', async (t) => {
  const fuse = ['--storage-driver', 'fuse-overlayfs'];
  sandbox.ok(...fuse, 'run', '-d', '--name', 'fused', ...none, 'hello', 'sleep', '1000');
  t.match(unshared('eval $B mount fused'), {
    code: 125,
    stdout: '',
    stderr:
      /^Error: cannot mount container fused: it runs, and only its own namespace can see .*\n$/,
  });
  sandbox.ok('rm', '-ft0', 'fused');
});

t.test('what a container has put in the place of its root is not shown', async (t) => {
  const other =
    'mount -t tmpfs none /mnt; mkdir /mnt/old; cp -r /bin /mnt; cd /mnt; pivot_root . old';
  for (const [script, why] of [
    [
      `mkdir -p /mnt; ${other}; echo done; exec sleep 1000`,
      /another root filesystem than it was given/,
    ],
    ['mount --make-unbindable /; echo done; exec sleep 1000', /made its root unbindable/],
  ] as const) {
    const words = ['--name', 'moved', ...none, '--privileged', 'hello', 'sh', '-c', script];
    sandbox.ok('run', '-d', ...words);
    await eventually('its root has been moved', () => sandbox.ok('logs', 'moved') === 'done\n');
    const refused = unshared('eval $B mount moved; eval $B mount');
    t.equal(refused.stdout, '');
    t.match(refused.stderr, why);
    sandbox.ok('rm', '-ft0', 'moved');
  }
});

t.test('the mount ends with its session, killed or not', async (t) => {
  create('short');
  t.match(unshared('eval $B mount short > /dev/null; kill -KILL $$').code, 137);
  t.equal(sandbox.ok('start', 'short'), 'short\n');
  const other = unshared(`eval $B mount short > /dev/null
    eval $B unshare $B mount short 2>&1; eval $B unmount short`);
  t.match(other.stdout, /container short is mounted in another session.*\nshort\n$/);
});

t.test('a root filesystem of the caller’s is where it is', async (t) => {
  const rootfs = sandbox.makeDirectory('rootfs');
  sandbox.ok('create', '--name', 'own', ...none, '--rootfs', rootfs, 'true');
  t.equal(sandbox.ok('mount', 'own'), `${rootfs}\n`);
  t.equal(sandbox.ok('unmount', 'own'), 'own\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
