/**
 * B1: go-archive 2026-17106; containerd 2021-32760, 2025-47290; tar-rs 2018-20990; node-tar 2021-37701
 * and others. A layer that leads out of the directory it is unpacked to. The same archives go through
 * the unpacker alone, with sanitizers, in test/native/worker.
 */
import t from 'tap';
import { hostileArchives } from '../native/hostile-archives.ts';
import { tar } from '../native/tar.ts';
import { Attack } from './support.ts';

t.test('layers that lead out', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  for (const [name, entries] of Object.entries(hostileArchives(victim))) {
    const path = attack.archive('hostile', [tar(...entries)]);
    const { code, stderr } = sandbox.run(['load', '-q', '-i', path]);
    t.ok(code === 0 || code === 125, `${name}: refused or contained (${code})`);
    t.match(stderr, code === 0 ? /^$/ : /^Error: [^\n]+\n$/, name);
    t.equal(attack.damage(), '', name);
  }
  t.same(attack.close(), []);
});

t.test('honest links of every kind', async (t) => {
  const attack = new Attack();
  const layer = tar(
    { path: 'data/', type: '5', mode: 0o755 },
    { path: 'data/file', content: 'kept\n' },
    { path: 'hard', type: '1', link: 'data/file' },
    { path: 'soft', type: '2', link: '/data/../data/./file' },
    { path: './dot', type: '1', link: './data/file' },
  );
  const base = attack.image('base', []);
  t.equal(attack.run(base, 'true').code, 0);
  attack.sandbox.ok('load', '-q', '-i', attack.archive('links', [attack.baseLayer(), layer]));
  const { stdout } = attack.run('example.com/links:1', 'cat', '/hard', '/soft', '/dot');
  t.equal(stdout, 'kept\nkept\nkept\n');
  t.same(attack.close(), []);
});
