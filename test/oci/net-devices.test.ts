import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { productArgv } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';
import { type Config, Runtime } from './bundle.ts';

requirePrograms('ip');
const runtime = new Runtime();
const product = productArgv()[0] ?? '';

/** Has the container's root be the runtime's one. */
function asRootOf(config: Config): void {
  config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
  config.linux.gidMappings = config.linux.uidMappings;
}

/** A bundle whose process shows what network devices it has. */
function bundle(name: string, netDevices: Record<string, object>): string {
  return runtime.bundle(name, (config: Config) => {
    config.process.args = ['busybox', 'ip', '-o', 'addr'];
    config.linux.netDevices = netDevices;
    config.linux.namespaces.push({ type: 'network' });
    asRootOf(config);
  });
}

/** Runs commands as root of a user and a network namespace with the devices dev0 and peer0. */
function asRoot(commands: string): { stdout: string; stderr: string } {
  const script = `
mount -t tmpfs none /run && mkdir -m 700 /run/x && export XDG_RUNTIME_DIR=/run/x
oci() { ${join(product, '..', 'bryo-oci')} "$@"; }
ip link add dev0 type veth peer name peer0
ip addr add 192.0.2.7/24 brd 192.0.2.255 dev dev0
ip -6 addr add 2001:db8::7/64 dev dev0 nodad
ip link set dev0 up && ip link set peer0 up
${commands}
`;
  const inside = ['unshare', '-m', '-n', 'sh', '-c', script];
  const [first = '', ...rest] = asTestUser([
    product,
    ...runtime.sandbox.flags,
    'unshare',
    ...inside,
  ]);
  const { stdout, stderr } = spawnSync(first, rest, { encoding: 'utf8', timeout: 60_000 });
  return { stdout, stderr };
}

t.test('a device moves with its addresses, under its new name', async (t) => {
  const path = bundle('moved', { dev0: { name: 'web0' }, peer0: {} });
  const { stdout, stderr } = asRoot(`oci run -b ${path} moved; echo "status $?"; ip -o link`);
  t.match(stdout, /: web0 +inet 192\.0\.2\.7\/24 brd 192\.0\.2\.255 scope global/, stderr);
  t.match(stdout, /: web0 +inet6 2001:db8::7\/64 scope global/);
  t.match(stdout, /: peer0 +inet6 fe80/);
  const [, after = ''] = stdout.split('status 0\n');
  t.match(after, /lo:/);
  t.notMatch(after, /dev0|web0|peer0/, 'they went with the container');
});

t.test('a device that cannot be had ends the container', async (t) => {
  const path = bundle('missing', { dev0: {}, none0: {} });
  const { stdout, stderr } = asRoot(`oci run -b ${path} missing; echo "status $?"; oci list -q`);
  t.equal(stdout, 'status 1\n');
  t.match(stderr, /cannot move network device none0: ENODEV/);
  const taken = bundle('taken', { dev0: { name: 'lo' } });
  const busy = asRoot(`oci run -b ${taken} taken; echo "status $?"; oci list -q`);
  t.equal(busy.stdout, 'status 1\n');
  t.match(busy.stderr, /cannot move network device dev0: EEXIST/);
  const bad = bundle('bad', { dev0: { name: 'a/b' } });
  t.match(
    asRoot(`oci run -b ${bad} bad`).stderr,
    /netDevices\.dev0 is not a device: bad name a\/b/,
  );
});

t.test('without root, or a network of its own, it is an error', async (t) => {
  const refused = runtime.run('run', '--bundle', bundle('user', { lo: {} }), 'user');
  t.match(refused, { code: 1, stderr: /netDevices cannot be honoured: .* needs root/ });
  const path = runtime.bundle('host', (config: Config) => {
    config.linux.netDevices = { dev0: {} };
    config.linux.namespaces = config.linux.namespaces.filter((n: Config) => n.type !== 'network');
  });
  t.match(asRoot(`oci run -b ${path} host`).stderr, /need a network namespace of the container/);
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
