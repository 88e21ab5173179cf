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

t.test('owners, parts and layers of what a container or an image has made', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const up = `../../../../../../../..${victim}`;
  const image = attack.image('hostile', [
    { kind: 'link', path: 'out', target: up },
    { kind: 'link', path: 'root', target: victim },
  ]);
  // What flips between a directory and a link, with a link that stays.
  const flip = `ln -s ${up} /v/out; cd /v; while :; do
    ln -s ${up} part; rm -f part; mkdir part; rm -rf part; done`;
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'f',
    '--network',
    'none',
    '-v',
    's:/v',
    image,
    'sh',
    '-c',
    flip,
  );
  const write = ['sh', '-c', 'echo x > /m/new; echo x > /m/canary; echo /m/*; cat /m/canary'];
  const mount = (words: string) => attack.run('--mount', words, image, ...write);
  for (let round = 0; round < 12; round += 1) {
    t.notMatch(mount('type=volume,src=s,dst=/m,subpath=part').stdout, /^canary$/m);
    attack.run('-u', '33', '-v', 's:/m:U', image, 'true');
  }
  t.match(mount('type=volume,src=s,dst=/m,subpath=out'), { code: 125 });
  for (const part of ['out', 'root']) {
    t.match(mount(`type=image,source=${image},dst=/m,rw=true,subpath=${part}`), { code: 125 });
  }
  const script = 'echo x > /i/out/new; echo x > /i/root/canary; cat /i/out/canary /i/root/canary';
  const whole = `type=image,source=${image},dst=/i,rw=true`;
  t.notMatch(attack.run('--mount', whole, image, 'sh', '-c', script).stdout, /^canary$/m);
  t.notMatch(attack.run('-v', 's:/i:O', image, 'sh', '-c', script).stdout, /^canary$/m);
  for (const target of ['/out/m', '/root/m']) {
    attack.run('--mount', `type=image,source=${image},dst=${target}`, image, 'true');
    attack.run('-v', `s:${target}:O`, image, 'true');
  }
  t.equal(attack.damage(), '');
  sandbox.ok('rm', '-f', '-t', '0', 'f');
  sandbox.run(['volume', 'rm', 's']);
  t.same(attack.close(), []);
});
