import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Config, Runtime } from './bundle.ts';

/** What root of the machine may, and an ordinary user may not. */
const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root makes device nodes' };

t.test('device nodes are made as they are described', onlyRoot, async (t) => {
  const runtime = new Runtime('root');
  const devices = [
    { path: '/dev/one', type: 'c', major: 10, minor: 666, fileMode: 0o640, uid: 7, gid: 8 },
    { path: '/dev/deep/two', type: 'b', major: 8, minor: 666, fileMode: 0o600 },
    { path: '/dev/three', type: 'p', fileMode: 0o622 },
    { path: '/dev/four', type: 'u', major: 1, minor: 5 },
    { path: '/kept', type: 'c', major: 1, minor: 3, fileMode: 0o600 },
  ];
  const stat = 'busybox stat -c "%n %F %t:%T %a %u:%g"';
  const script = `${stat} /dev/one /dev/deep/two /dev/three /dev/four; busybox head -c 2 /dev/four | busybox wc -c`;
  const change = (config: Config) => {
    config.process.args = ['sh', '-c', script];
    config.linux.devices = devices;
  };
  const bundle = runtime.bundle('nodes', change);
  const lines = [
    '/dev/one character special file a:29a 640 7:8',
    '/dev/deep/two block special file 8:29a 600 0:0',
    '/dev/three fifo 0:0 622 0:0',
    '/dev/four character special file 1:5 666 0:0',
    '2\n',
  ];
  // What lies outside of /dev is there when the container is started again.
  for (const id of ['nodes', 'again']) {
    const result = runtime.run('run', '--bundle', bundle, id);
    t.same(result, { code: 0, stdout: lines.join('\n'), stderr: '' }, id);
  }
  t.equal(lstatSync(join(bundle, 'rootfs', 'kept')).mode & 0o7777, 0o600);
  t.same(runtime.sandbox.close(), []);
});

t.test('a node that is denied can be seen, not opened', onlyRoot, async (t) => {
  const runtime = new Runtime('root');
  const script = 'busybox stat -c "%F %t:%T" /dev/x; cat /dev/x; echo $?';
  const result = runtime.runIn('closed', ['sh', '-c', script], (config) => {
    config.linux.devices = [{ path: '/dev/x', type: 'c', major: 10, minor: 666 }];
    config.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
  });
  t.equal(result.stdout, 'character special file a:29a\n1\n');
  // The second where the machine's control groups take a filter (vm/devices).
  t.match(
    result.stderr,
    /^cat: can't open '\/dev\/x': (Permission denied|Operation not permitted)\n$/,
  );
  t.same(runtime.sandbox.close(), []);
});

t.test('what an image has in the place of a node stays there', onlyRoot, async (t) => {
  const runtime = new Runtime('root');
  const outside = join(runtime.sandbox.directory, 'outside');
  writeFileSync(outside, 'kept');
  const bundle = runtime.bundle('links', (config) => {
    config.process.args = ['true'];
    config.linux.devices = [{ path: '/a/x', type: 'c', major: 1, minor: 5, uid: 7 }];
  });
  const rootfs = join(bundle, 'rootfs');
  mkdirSync(join(rootfs, 'a'));
  symlinkSync(outside, join(rootfs, 'a', 'x'));
  const linked = runtime.run('run', '--bundle', bundle, 'links');
  t.match(linked, { code: 1, stderr: /^bryo-oci: [^\n]*\/a\/x: something else is there[^\n]*\n$/ });
  t.equal(lstatSync(outside).uid, 0);
  // A directory that leads out of the root filesystem leads to a place within.
  spawnSync('rm', ['-r', join(rootfs, 'a')]);
  symlinkSync(runtime.sandbox.directory, join(rootfs, 'a'));
  t.match(runtime.run('run', '--bundle', bundle, 'links'), { code: 0, stderr: '' });
  t.throws(() => lstatSync(join(runtime.sandbox.directory, 'x')), { code: 'ENOENT' });
  t.equal(lstatSync(join(rootfs, runtime.sandbox.directory, 'x')).uid, 7);
  t.equal(readFileSync(outside, 'utf8'), 'kept');
  t.same(runtime.sandbox.close(), []);
});

t.test(
  'a bind that is shared passes mounts on both ways, and nothing else',
  onlyRoot,
  async (t) => {
    const runtime = new Runtime('root');
    const source = runtime.sandbox.makeDirectory('shared');
    const script = `mount -t tmpfs x /s/inside; touch /s/inside/made; echo ready
while ! [ -e /s/outside/there ]; do sleep 0.1; done; echo seen`;
    const bundle = runtime.bundle('propagation', (config) => {
      config.process.args = ['sh', '-c', `mount() { busybox mount "$@"; }\n${script}`];
      for (const set of Object.values<string[]>(config.process.capabilities)) {
        set.push('CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE');
      }
      config.linux.rootfsPropagation = 'rshared';
      const options = ['rbind', 'rshared'];
      config.mounts.push({ destination: '/s', type: 'bind', source, options });
    });
    const host = `set -e
mount --make-rshared /
cd "$0"; mount -t tmpfs s . ; cd "$0"; mount --make-shared .; mkdir inside outside
before=$(wc -l </proc/self/mountinfo)
"$@" >said & pid=$!
while ! grep -q ready said; do kill -0 $pid; sleep 0.1; done
ls inside
mount -t tmpfs o outside; touch outside/there
wait $pid; cat said
echo $(($(wc -l </proc/self/mountinfo) - before))`;
    const argv = runtime.argv(['run', '--bundle', bundle, 'propagation']);
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', host, source, ...argv], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    t.same([stdout, stderr], ['made\nready\nseen\n2\n', '']);
    t.same(runtime.sandbox.close(), []);
  },
);
