import t, { type Test } from 'tap';
import { type Result, Sandbox } from '../support/bryo.ts';
import { onChangedMachine, singleIdWarning } from '../support/changed-machine.ts';

const sandbox = new Sandbox();
const place = sandbox.makeDirectory('place');

/** Runs bryo on a machine changed by a script. */
function on(script: string, args: readonly string[]): Result {
  return onChangedMachine(sandbox, { script, place }, args);
}

/** Hides a program behind a file that cannot be run. */
function without(program: string): string {
  return `echo > "$0/none"; for p in /usr/bin/${program} /bin/${program}; do mount --bind "$0/none" $p 2>/dev/null || true; done`;
}

const withoutDevices = `mount -t tmpfs dev "$0"
for d in null zero full random urandom tty; do : > "$0/$d"; mount --bind /dev/$d "$0/$d"; done
mount --rbind "$0" /dev`;

function refused(t: Test, result: Result, message: RegExp): void {
  t.equal(result.code, 125);
  t.equal(result.stdout, '');
  const rest = result.stderr.replace(singleIdWarning, '');
  t.match(rest, message);
  t.match(rest, /^Error: [^\n]+\n$/, 'one clear line');
}

t.test('no /dev/net/tun', async (t) => {
  for (const network of ['slirp4netns', 'pasta']) {
    const result = on(withoutDevices, ['run', '--network', network, 'hello', 'true']);
    refused(t, result, /\/dev\/net\/tun is missing or not accessible .*modprobe tun/);
  }
  const bridge = on(withoutDevices, ['run', '--network', 'bridge', 'hello', 'true']);
  refused(t, bridge, /\/dev\/net\/tun is missing or not accessible .*modprobe tun/);
  const free = on(withoutDevices, ['run', '--rm', '--network', 'none', 'hello', 'true']);
  t.equal(free.code, 0, free.stderr);
  const checks = JSON.parse(on(withoutDevices, ['doctor', '--format', 'json']).stdout);
  const row = (name: string) => checks.find(({ check }: { check: string }) => check === name);
  t.match(row('/dev/net/tun'), { status: 'warning', message: /^missing/ });
  t.match(row('bridge networks'), { status: 'warning', message: /without \/dev\/net\/tun/ });
});

t.test('no /dev/fuse', async (t) => {
  const args = ['--storage-driver', 'fuse-overlayfs', 'run', 'hello', 'true'];
  const result = on(withoutDevices, args);
  refused(t, result, /storage driver fuse-overlayfs: \/dev\/fuse is missing or not accessible/);
});

t.test('info says which storage driver is used and why, and doctor agrees', async (t) => {
  const refusals = [
    'overlay: mount(8) is not installed',
    'fuse-overlayfs: fuse-overlayfs is not installed',
  ];
  const withoutBoth = `${without('fuse-overlayfs')}; ${without('mount')}`;
  const ways = [
    { script: ':', driver: 'overlay', reason: /fastest/, refused: 0 },
    { script: without('mount'), driver: 'fuse-overlayfs', reason: /first that works/, refused: 1 },
    { script: withoutBoth, driver: 'vfs', reason: /first that works/, refused: 2 },
    // What was found out of another machine is not kept.
    { script: ':', driver: 'overlay', reason: /fastest/, refused: 0 },
  ];
  for (const { script, driver, reason, refused } of ways) {
    const { store } = JSON.parse(on(script, ['info', '--format', 'json']).stdout);
    t.match(store, { graphDriverName: driver, graphDriverReason: reason });
    t.same(store.graphDriversRefused, refusals.slice(0, refused));
    const checks = JSON.parse(on(script, ['doctor', '--format', 'json']).stdout);
    const found = checks.find(({ check }: { check: string }) => check === 'storage driver');
    t.match(found.message, new RegExp(`^${driver}`), 'doctor agrees');
  }
  const flags = ['--storage-driver', 'vfs'];
  const reason = '{{.Store.GraphDriverName}}: {{.store.graphDriverReason}}';
  t.equal(sandbox.ok(...flags, 'info', '-f', reason), 'vfs: asked for by --storage-driver\n');
  t.match(sandbox.ok(...flags, 'doctor'), /storage driver +vfs, which was asked for/);
  t.match(sandbox.ok('info'), /graphDriverReason: it works here, and it is the fastest/);
});

t.test('no network helper', async (t) => {
  const slirp = on(without('slirp4netns'), ['run', 'hello', 'true']);
  refused(t, slirp, /slirp4netns is not installed .*apt install slirp4netns/);
  const pasta = on(without('pasta'), ['run', '--network', 'pasta', 'hello', 'true']);
  refused(t, pasta, /pasta is not installed .*apt install passt/);
});

t.test('no newuidmap', async (t) => {
  const args = ['run', '--rm', '--network', 'none', 'hello', 'cat', '/proc/self/uid_map'];
  const result = on(without('newuidmap'), args);
  t.equal(result.code, 0, result.stderr);
  t.match(result.stdout, /^\s*0\s+\d+\s+1\n$/);
  t.match(
    result.stderr,
    /^time=\S+ level=warning msg="only one id .*newuidmap is not installed \(package uidmap\)/,
  );
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
