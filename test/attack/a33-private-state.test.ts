// A33: podman 2025-4953; containerd 2021-41103, 2024-25621. State that others can read.
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
