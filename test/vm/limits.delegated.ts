import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

// The service manager of this user has all controllers (test/vm/guest.sh).
const sandbox = new Sandbox();

function inspect(name: string, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, name).trim();
}

function file(container: string, name: string): string {
  return readFileSync(join(inspect(container, '.State.CgroupPath'), name), 'utf8').trim();
}

t.test('processors, memory nodes and disks', async (t) => {
  const cpus = ['--cpuset-cpus', '1', '--cpuset-mems', '0', '--blkio-weight', '500'];
  const rates = ['--device-read-bps', '/dev/vda:1m', '--device-write-bps', '/dev/vda:2m'];
  const counts = ['--device-read-iops', '/dev/vda:300', '--device-write-iops', '/dev/vda:400'];
  const name = ['--name', 'l'];
  sandbox.ok('run', '-d', ...name, ...cpus, ...rates, ...counts, 'hello', 'sleep', '1000');
  t.equal(file('l', 'cpuset.cpus'), '1');
  t.equal(file('l', 'cpuset.mems'), '0');
  t.match(sandbox.ok('exec', 'l', 'grep', 'Cpus_allowed_list', '/proc/self/status'), /\s1\n/);
  t.match(file('l', 'io.weight'), /^default 4950$/m);
  t.match(file('l', 'io.max'), /^25\d:0 rbps=1048576 wbps=2097152 riops=300 wiops=400$/m);
  sandbox.ok('update', '--cpuset-cpus', '0-1', '--blkio-weight', '10', 'l');
  t.equal(file('l', 'cpuset.cpus'), '0-1');
  t.match(file('l', 'io.weight'), /^default 1$/m);
  t.match(sandbox.run(['update', '--cpuset-cpus', '77', 'l']), {
    code: 125,
    stderr: /--cpuset-cpus: the kernel refuses "77" for cpuset\.cpus/,
  });
  t.equal(file('l', 'cpuset.cpus'), '0-1', 'the old ones are kept');
  sandbox.run(['rm', '-f', '-t', '0', 'l']);
});

t.test('processors, memory nodes and disks of a pod', async (t) => {
  const cpus = ['--cpuset-cpus', '1', '--cpuset-mems', '0', '--blkio-weight', '500'];
  const rates = ['--device-read-bps', '/dev/vda:1m', '--device-write-bps', '/dev/vda:2m'];
  const create = ['pod', 'create', '--network', 'none', '--name'];
  sandbox.ok(...create, 'p', ...cpus, ...rates);
  const processors = ['grep', 'Cpus_allowed_list', '/proc/self/status'];
  t.match(sandbox.ok('run', '--rm', '--pod', 'p', 'hello', ...processors), /\s1\n/);
  const group = sandbox.ok('pod', 'inspect', '--format', '{{.CgroupPath}}', 'p').trim();
  const read = (name: string): string => readFileSync(join(group, name), 'utf8').trim();
  t.match(group, /\.slice$/);
  t.equal(read('cpuset.cpus'), '1');
  t.equal(read('cpuset.mems'), '0');
  t.match(read('io.weight'), /^default 4950$/m);
  t.match(read('io.max'), /^25\d:0 rbps=1048576 wbps=2097152 riops=max wiops=max$/m);
  const [shown] = JSON.parse(sandbox.ok('pod', 'inspect', 'p', 'p'));
  t.match(shown.device_read_bps, [{ Path: /^25\d:0$/, Rate: 1 << 20 }]);
  sandbox.ok(...create, 'none', '--cpuset-cpus', '77');
  t.match(sandbox.run(['run', '--rm', '--pod', 'none', 'hello', 'true']), {
    code: 125,
    stderr: /--cpuset-cpus of pod none: the kernel refuses "77" for cpuset\.cpus/,
  });
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p', 'none');
  t.notOk(existsSync(group));
});

t.test('doctor has nothing to say about control groups', async (t) => {
  const { stdout } = sandbox.run(['doctor']);
  t.match(stdout, /^ok {4}control groups +version 2, all controllers are delegated$/m);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
