/**
 * A31: podman 2019-10152; moby 2018-15664, 2019-14271. While files are copied the
 * container turns directories into links that lead out of it, and back; its own tar, xz and libraries
 * are trojans.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { TarItem } from '../../src/hello/tar.ts';
import { writeTar } from '../../src/hello/tar.ts';
import { Attack } from './support.ts';

const rounds = 40;

t.test('a container that flips links while files are copied', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const source = sandbox.makeDirectory('source');
  writeFileSync(join(source, 'canary'), 'from outside\n');
  const trojans = ['tar', 'xz', 'gzip', 'sh', 'chroot', 'lib/libnss_files.so.2'].map(
    (name): TarItem => ({
      kind: 'file',
      path: `usr/${name}`,
      mode: 0o755,
      content: Buffer.from(`#!/bin/busybox sh\n/bin/busybox touch /fallen\n`),
    }),
  );
  const image = attack.image('flipping', trojans);
  const flip = `
    while :; do
      busybox mkdir -p /w/real; busybox rm -rf /w/t; busybox ln -s ${victim} /w/t
      busybox rm -f /w/t; busybox ln -s ../../../../../../../..${victim} /w/t
      busybox rm -f /w/t; busybox mkdir /w/t; busybox touch /w/t/canary
      busybox rm -rf /w/t; busybox ln -s /proc/1/root${victim} /w/t; busybox rm -f /w/t
    done`;
  sandbox.ok(
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    'c',
    image,
    '/bin/busybox',
    'sh',
    '-c',
    flip,
  );
  for (let round = 0; round < rounds; round += 1) {
    // What comes of each is the container's own affair; what matters is where it goes.
    sandbox.run(['cp', `${source}/.`, 'c:/w/t']);
    sandbox.run(['cp', join(source, 'canary'), 'c:/w/t/canary']);
    const out = sandbox.run(['cp', 'c:/w/t', join(sandbox.directory, `out-${round}`)]);
    t.notMatch(out.stdout, /canary/);
  }
  t.equal(attack.damage(), '');
  const copies = readdirSync(sandbox.directory).filter((name) => name.startsWith('out-'));
  const places = copies.map((name) => join(sandbox.directory, name));
  const stolen =
    places.length === 0
      ? ''
      : execFileSync('find', [...places, '-name', 'canary'], { encoding: 'utf8' });
  for (const path of stolen.split('\n').filter(Boolean)) {
    t.not(readFileSync(path, 'utf8'), 'canary\n', path);
  }
  t.notOk(sandbox.ok('exec', 'c', '/bin/busybox', 'ls', '/').includes('fallen'));
  sandbox.run(['rm', '-f', '-t', '0', 'c']);
  t.same(attack.close(), []);
});

t.test('links that stand still', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const file = join(sandbox.directory, 'file');
  writeFileSync(file, 'from outside\n');
  const links: TarItem[] = [
    { kind: 'link', path: 'abs', target: victim },
    { kind: 'link', path: 'rel', target: `../../../../../..${victim}` },
    { kind: 'link', path: 'file', target: join(victim, 'canary') },
    { kind: 'link', path: 'magic', target: '/proc/self/fd/3' },
  ];
  sandbox.ok('create', '--network', 'none', '--name', 's', attack.image('links', links));
  for (const name of ['abs', 'rel', 'file', 'abs/canary', 'magic', 'rel/canary']) {
    sandbox.run(['cp', file, `s:/${name}`]);
    const target = join(sandbox.directory, 'stolen');
    const before = existsSync(target) ? readFileSync(target, 'utf8') : null;
    const { code } = sandbox.run(['cp', `s:/${name}`, target]);
    const after = existsSync(target) ? readFileSync(target, 'utf8') : null;
    t.not(after, 'canary\n', name);
    if (code !== 0) t.equal(after, before, `${name}: what cannot be copied replaces nothing`);
  }
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});

t.test('what comes out stays where it was sent', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const items: TarItem[] = [
    { kind: 'directory', path: 'out', mode: 0o755 },
    { kind: 'link', path: 'out/link', target: victim },
    { kind: 'file', path: 'out/setuid', mode: 0o6755, content: Buffer.from('x') },
  ];
  sandbox.ok('create', '--network', 'none', '--name', 'o', attack.image('out', items));
  const target = sandbox.makeDirectory('target');
  sandbox.ok('cp', 'o:/out', target);
  // The link is there now: another copy must not go through it.
  sandbox.ok('cp', 'o:/out', target);
  const second = sandbox.makeDirectory('second');
  const evil = writeTar([
    { kind: 'link', path: 'x', target: victim },
    { kind: 'file', path: 'x/canary', mode: 0o644, content: Buffer.from('overwritten') },
    { kind: 'file', path: '../../escaped', mode: 0o644, content: Buffer.from('x') },
  ]);
  const [program = '', ...rest] = sandbox.argv(['cp', '-', 'o:/']);
  const { status, stderr } = spawnSync(program, rest, { input: evil, encoding: 'utf8' });
  t.equal(status, 125);
  t.match(stderr, /^Error: [^\n]+\n$/);
  t.same(execFileSync('ls', [second], { encoding: 'utf8' }), '');
  const modes = execFileSync('find', [target, '-name', 'setuid', '-printf', '%m\n'], {
    encoding: 'utf8',
  });
  t.equal(modes, '755\n');
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
