import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { productArgv, projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';
import { Runtime } from './bundle.ts';

requirePrograms('containerd', 'ctr', 'containerd-shim-runc-v2');
const runtime = new Runtime();
const place = runtime.sandbox.makeDirectory('containerd');

const plugins = [
  'grpc.v1.cri',
  'snapshotter.v1.btrfs',
  'snapshotter.v1.devmapper',
  'snapshotter.v1.zfs',
  // It wants /opt.
  'internal.v1.opt',
];
const settings = `version = 2
root = "${place}/root"
state = "/run/c/state"
disabled_plugins = ${JSON.stringify(plugins.map((name) => `io.containerd.${name}`))}
[grpc]
  address = "/run/c/sock"
`;

/** Runs commands of `ctr` beside a containerd of their own, all in bryo's user namespace. */
function withContainerd(commands: string): { stdout: string; stderr: string } {
  const product = productArgv()[0] ?? '';
  const script = `
mount -t tmpfs none /run && mkdir -p /run/c /run/x && export XDG_RUNTIME_DIR=/run/x
containerd --config ${place}/config.toml > ${place}/log 2>&1 &
daemon=$!
ctr() { command ctr --address /run/c/sock "$@"; }
run() { ctr run --snapshotter native --runc-binary ${join(product, '..', 'bryo-oci')} "$@"; }
for attempt in $(seq 100); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
ctr images import --snapshotter native ${place}/hello.tar >/dev/null
${commands}
kill $daemon; wait $daemon
`;
  writeFileSync(join(place, 'config.toml'), settings);
  const argv = [product, ...runtime.sandbox.flags, 'unshare', 'unshare', '-m', 'sh', '-c', script];
  const [first = '', ...rest] = asTestUser(argv);
  const { stdout, stderr } = spawnSync(first, rest, { encoding: 'utf8', timeout: 120_000 });
  return { stdout, stderr };
}

t.test("containerd's runc shim runs its containers with bryo-oci", async (t) => {
  const layout = join(projectDir, 'dist', 'hello');
  execFileSync('tar', ['-C', layout, '-cf', join(place, 'hello.tar'), '.']);
  const { stdout, stderr } = withContainerd(`
image=localhost/hello:latest
run --rm $image one sh -c 'echo from containerd; exit 7'; echo "status $?"
run -d $image two sleep 1000
ctr task ls -q
ctr task exec --exec-id again two sh -c 'hostname; exit 3'; echo "status $?"
ctr task kill -s KILL two
for attempt in $(seq 50); do ctr task ls | grep -q STOPPED && break; sleep 0.1; done
ctr task rm two; ctr containers rm two; ctr containers ls -q
ls /run/containerd/runc/default
`);
  const expected = 'from containerd\nstatus 7\ntwo\ntwo\nstatus 3\n';
  t.equal(stdout.replace(/^[\w-]+\n(?=status 3)/m, 'two\n'), expected, stderr);
  t.notMatch(readFileSync(join(place, 'log'), 'utf8'), /OCI runtime .* failed/);
});

t.test('what ctr asks of a task, and of a container', async (t) => {
  const { stdout, stderr } = withContainerd(`
image=localhost/hello:latest
run -d $image three sh -c 'sleep 1000 & sleep 1000'
for attempt in $(seq 50); do test $(ctr task ps three | wc -l) = 3 && break; sleep 0.1; done
ctr task ps three | wc -l
ctr task exec --exec-id env --cwd /tmp --user 5:6 three sh -c 'pwd; id -u; id -g'
ctr task kill -a -s KILL three
for attempt in $(seq 50); do ctr task ls | grep -q STOPPED && break; sleep 0.1; done
ctr task delete three; echo "status $?"; ctr containers rm three
run --rm --env A=b --cwd /bin --read-only $image four sh -c 'echo $A; pwd; touch /x 2>/dev/null || echo read-only'
run --rm --privileged $image five sh -c 'grep -c . /proc/self/status >/dev/null && echo privileged'
run --rm --mount type=bind,src=/etc,dst=/mnt,options=rbind:ro $image six sh -c 'test -e /mnt/passwd && echo bound'
run --rm --net-host $image eight sh -c 'echo network'
run $image ten /no/such/program 2>&1 | grep -c 'no such file or directory'
`);
  const expected = [
    ...['3', '/tmp', '5', '6', 'status 0', 'b', '/bin', 'read-only'],
    ...['privileged', 'bound', 'network', '1', ''],
  ];
  t.same(stdout.split('\n'), expected, stderr);
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
