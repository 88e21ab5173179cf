// A30: podman 2025-9566, 2023-0778. The engine follows links inside a volume.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Attack } from './support.ts';

t.test('a volume in which the container has put links', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const image = attack.image('volume', []);
  const script = `busybox ln -s ${victim}/canary /vol/f; busybox ln -s ${victim} /vol/d`;
  sandbox.ok(
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    'v:/vol',
    image,
    '/bin/busybox',
    'sh',
    '-c',
    script,
  );
  sandbox.ok('create', '--network', 'none', '--name', 'w', '-v', 'v:/vol', image);
  const file = join(sandbox.directory, 'file');
  writeFileSync(file, 'from outside\n');
  sandbox.run(['cp', file, 'w:/vol/f']);
  sandbox.run(['cp', file, 'w:/vol/d/new']);
  const tar = join(sandbox.directory, 'export.tar');
  sandbox.ok('export', '-o', tar, 'w');
  t.notMatch(
    execFileSync('tar', ['-xOf', tar, '--exclude=bin'], { encoding: 'utf8' }),
    /^canary$/m,
  );
  t.equal(attack.damage(), '');
  sandbox.run(['rm', 'w']);
  sandbox.run(['volume', 'rm', 'v']);
  t.same(attack.close(), []);
});
