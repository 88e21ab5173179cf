// B2: go-archive's own tests. Whiteouts of what is outside, and overlay's marks as attributes.
import t from 'tap';
import { pax, tar } from '../native/tar.ts';
import { Attack } from './support.ts';

const lower = tar(
  { path: 'd/', type: '5', mode: 0o755 },
  { path: 'd/a', content: 'a\n' },
  { path: 'd/b', content: 'b\n' },
);

t.test('marks that a layer sets itself', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  for (const name of ['.wh...', '.wh..', '.wh.', '../.wh.victim', 'd/../../.wh.victim'])
    sandbox.run(['load', '-q', '-i', attack.archive('marks', [lower, tar({ path: name })])]);
  const link = { path: 'out', type: '2', link: `../../../../../../../..${victim}` };
  const through = tar(link, { path: 'out/.wh.canary' });
  sandbox.run(['load', '-q', '-i', attack.archive('through', [lower, through])]);
  t.equal(attack.damage(), '');
  const forged = tar(
    pax({
      'SCHILY.xattr.user.overlay.opaque': 'y',
      'SCHILY.xattr.user.overlay.redirect': victim,
      'SCHILY.xattr.trusted.overlay.opaque': 'y',
    }),
    { path: 'd/', type: '5', mode: 0o755 },
  );
  const layers = [attack.baseLayer(), lower, forged];
  sandbox.ok('load', '-q', '-i', attack.archive('forged', layers));
  t.equal(attack.run('example.com/forged:1', 'cat', '/d/a', '/d/b').stdout, 'a\nb\n');
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});

t.test('honest whiteouts hide what is below', async (t) => {
  const attack = new Attack();
  const one = tar({ path: 'd/.wh.a' });
  const all = tar({ path: 'd/', type: '5', mode: 0o755 }, { path: 'd/.wh..wh..opq' });
  const base = attack.baseLayer();
  attack.sandbox.ok('load', '-q', '-i', attack.archive('one', [base, lower, one]));
  attack.sandbox.ok('load', '-q', '-i', attack.archive('all', [base, lower, all]));
  t.equal(attack.run('example.com/one:1', 'ls', '/d').stdout, 'b\n');
  t.equal(attack.run('example.com/all:1', 'ls', '/d').stdout, '');
  t.same(attack.close(), []);
});
