/** The filter of devices that containers of the machine's root have, in control groups of the unified hierarchy. */
import t from 'tap';
import { type Config, type Ended, Runtime } from '../oci/bundle.ts';

const runtime = new Runtime('root');
const everything = [{ allow: true, access: 'rwm' }];
let count = 0;

/** Runs a script with the capability to make nodes and some rules. */
function under(
  rules: object[],
  script: string,
  change: (config: Config) => void = () => {},
): Ended {
  count += 1;
  return runtime.runIn(`c${count}`, ['sh', '-c', script], (config) => {
    for (const set of Object.values<string[]>(config.process.capabilities)) set.push('CAP_MKNOD');
    config.linux.resources = { devices: rules };
    change(config);
  });
}

/** Makes a node of a device and says whether it can be read, written to, and both. */
const tries = (node: string) => `busybox mknod /dev/node ${node} || echo not made
try() { sh -c "exec $1 /dev/node" 2>/dev/null && echo "$2"; }
try '<' r; try '>' w; try '<>' rw; true`;
const disk = 'b 254 0';
/** /dev/fuse, which every user may open. */
const fuse = 'c 10 229';

t.test('a node that a container makes of a device it was not given cannot be opened', async (t) => {
  t.same(under([], tries(disk)), { code: 0, stdout: '', stderr: '' });
  const denied = [{ allow: false, access: 'rwm' }];
  t.same(under(denied, tries(fuse)), { code: 0, stdout: '', stderr: '' });
  t.equal(under(denied, tries('c 1 5')).stdout, 'r\nw\nrw\n', 'every container has /dev/zero');
});

t.test('rules say who may, in which way', async (t) => {
  const all = under(everything, tries(fuse)).stdout;
  t.equal(all, 'r\nw\nrw\n');
  const reader = { allow: true, type: 'c', major: 10, minor: 229, access: 'r' };
  t.equal(under([{ allow: false, access: 'rwm' }, reader], tries(fuse)).stdout, 'r\n');
  const writer = { allow: false, type: 'c', major: 10, access: 'r' };
  t.equal(under([...everything, writer], tries(fuse)).stdout, 'w\n');
  t.equal(under([...everything, { ...writer, major: 2 }], tries(fuse)).stdout, all);
});

t.test('a device that is given is allowed where there are no rules, and no other', async (t) => {
  const give = (config: Config) => {
    config.linux.devices = [{ path: '/dev/given', type: 'c', major: 10, minor: 229 }];
  };
  const script = `sh -c 'exec </dev/given' && echo given; ${tries('c 10 200')}`;
  t.equal(under([], script, give).stdout, 'given\n');
});

t.test('what joins the container is under its filter', async (t) => {
  const bundle = runtime.bundle('joined', (config: Config) => {
    config.process.args = ['sleep', '100'];
    config.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
    for (const set of Object.values<string[]>(config.process.capabilities)) set.push('CAP_MKNOD');
  });
  runtime.leave('create', '--bundle', bundle, 'joined');
  runtime.ok('start', 'joined');
  t.same(runtime.run('exec', 'joined', 'sh', '-c', tries(fuse)), {
    code: 0,
    stdout: '',
    stderr: '',
  });
  runtime.ok('delete', '--force', 'joined');
});

t.test('a long list of rules', async (t) => {
  const rules = Array.from({ length: 1000 }, (_, minor) => ({
    allow: minor % 2 === 1,
    type: 'c',
    major: 10,
    minor,
    access: 'rw',
  }));
  t.equal(under([...rules, { allow: false, type: 'b' }], tries(fuse)).stdout, 'r\nw\nrw\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
