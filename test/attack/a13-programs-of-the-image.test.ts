/**
 * A13: podman 2022-1227. What looks into a container from outside must not run what lies inside:
 * an image may bring its own ps, nsenter, tar and libraries.
 */
import t from 'tap';
import type { TarItem } from '../../src/hello/tar.ts';
import { eventually } from '../support/bryo.ts';
import { Attack } from './support.ts';

const programs = ['ps', 'nsenter', 'tar', 'sh', 'id', 'getent', 'xz', 'gzip', 'true'];

t.test('programs of the image are not run from outside', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const trojan = Buffer.from('#!/bin/busybox sh\n/bin/busybox touch /fallen /victim/fallen\n');
  const items = programs.map(
    (name): TarItem => ({ kind: 'file', path: `usr/bin/${name}`, mode: 0o755, content: trojan }),
  );
  const image = attack.image('trojans', items, { Env: ['PATH=/usr/bin:/bin'] });
  const flags = ['-d', '--network', 'none', '--name', 'c', '-v', `${victim}:/victim`];
  sandbox.ok('run', ...flags, image, '/bin/busybox', 'sleep', '100');
  t.match(sandbox.ok('top', 'c'), /busybox sleep 100/);
  t.match(sandbox.ok('top', 'c', 'user,group,groups,comm,args,capeff,seccomp'), /^root/m);
  t.match(sandbox.ok('top', 'c', '-ef'), /busybox sleep 100/);
  t.notMatch(sandbox.ok('diff', 'c'), /fallen/);
  sandbox.ok('inspect', 'c');
  sandbox.ok('ps', '-a');
  t.equal(attack.damage(), '');
  t.notMatch(sandbox.ok('diff', 'c'), /fallen/);
  // The trojan works: whoever runs it inside sees it.
  sandbox.run(['exec', 'c', 'ps']);
  t.not(attack.damage(), '');
  sandbox.run(['rm', '-f', '-t', '0', 'c']);
  t.same(attack.close(), []);
});

t.test('names and arguments cannot forge lines or speak to the terminal', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const name = '/tmp/busybox) S 1\nb';
  const script = `/bin/busybox cp /bin/busybox "${name}"; exec "${name}" sh -c 'sleep 100; :' "$(printf 'x\\033[2Jy\\nroot 1 forged')"`;
  const flags = ['-d', '--network', 'none', '--name', 'n'];
  sandbox.ok(
    'run',
    ...flags,
    attack.image('names', [], {}),
    '/bin/busybox',
    'sh',
    '-c',
    `mkdir -p /tmp; ${script}`,
  );
  await eventually('it runs', () => sandbox.ok('top', 'n', 'pid').split('\n').length === 4);
  const text = sandbox.ok('top', 'n', 'pid', 'args', 'comm');
  t.equal(text.trimEnd().split('\n').length, 3, text);
  t.match(text, /forged/);
  t.notOk(text.includes('\x1b'));
  sandbox.run(['rm', '-f', '-t', '0', 'n']);
  t.same(attack.close(), []);
});
