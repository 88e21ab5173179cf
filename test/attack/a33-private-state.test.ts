// A32, A33, A35, A36: state that others can read, labels that drive the engine, names as paths.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Attack } from './support.ts';

t.test('with umask 0 all state is private', async (t) => {
  const attack = new Attack();
  const image = attack.image('state', []);
  const [program = '', ...rest] = attack.sandbox.argv([
    'run',
    '-d',
    '--name',
    'a',
    '--network',
    'none',
    image,
    'sleep',
    '1000',
  ]);
  spawnSync('sh', ['-c', 'umask 0; exec "$0" "$@"', program, ...rest], { cwd: '/' });
  const { root, runroot } = attack.sandbox;
  const find = (...args: string[]) => spawnSync('find', args, { encoding: 'utf8' }).stdout;
  t.equal(find(root, runroot, '-maxdepth', '0', '-perm', '/077'), '', 'the top is closed');
  const content = [
    '(',
    '-name',
    'diff',
    '-o',
    '-name',
    'upper',
    '-o',
    '-name',
    'merged',
    '-o',
    '-name',
    'work',
    ')',
    '-prune',
    '-o',
  ];
  const open = find(root, runroot, ...content, '-type', 'f', '-perm', '/022', '-print');
  t.equal(open, '', 'no file can be written by others');
  t.same(attack.close(), []);
});

t.test('/dev/shm is capped and goes with the container', async (t) => {
  const attack = new Attack();
  const image = attack.image('shm', []);
  const { stdout } = attack.run(
    image,
    'sh',
    '-c',
    'dd if=/dev/zero of=/dev/shm/f bs=1M count=80 2>/dev/null; stat -c %s /dev/shm/f',
  );
  t.equal(stdout, `${64 * 1024 * 1024}\n`);
  t.same(attack.close(), []);
});

t.test('labels and annotations of an image are data', async (t) => {
  const attack = new Attack();
  const image = attack.image('labels', [], {
    Labels: {
      'run.oci.keep_original_groups': '1',
      'io.podman.annotations.privileged': 'TRUE',
      'org.systemd.property.Delegate': 'yes',
    },
  });
  t.equal(attack.run(image, 'id', '-G').stdout, '0\n');
  t.match(attack.run(image, 'grep', 'CapBnd', '/proc/self/status').stdout, /00000000800405fb/);
  t.same(attack.close(), []);
});

t.test('names never become paths', async (t) => {
  const attack = new Attack();
  const image = attack.image('names', []);
  for (const name of ['../x', 'a/b', '.', '..', '-x', 'x'.repeat(300), '/etc', 'a b']) {
    t.not(attack.run(`--name=${name}`, image, 'true').code, 0, `--name ${name.slice(0, 20)}`);
    for (const verb of ['rm', 'logs', 'inspect', 'start', 'stop', 'kill', 'wait', 'exec', 'rmi']) {
      const words = verb === 'exec' ? [verb, '--', name, 'true'] : [verb, '--', name];
      t.not(attack.sandbox.run(words).code, 0, `${verb} ${name.slice(0, 20)}`);
    }
  }
  for (const name of ['../x', 'a/b', 'a b'])
    t.not(attack.run('-v', `${name}:/v`, image, 'true').code, 0, `-v ${name}`);
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
