import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freezeIfThere, thawIfThere } from '../../../src/cgroup/freeze.ts';

t.test('a group that has gone has nothing to freeze', async (t) => {
  const gone = join(t.testdir(), 'gone');
  t.equal(freezeIfThere(gone), false);
  t.equal(thawIfThere(gone), false);
});

t.test('a group that goes while it is awaited has nothing to freeze, either', async (t) => {
  const group = join(t.testdir(), 'group');
  mkdirSync(group);
  t.equal(freezeIfThere(group), false, 'there is no cgroup.events any more');
  writeFileSync(join(group, 'cgroup.events'), 'populated 1\nfrozen 1\n');
  t.equal(freezeIfThere(group), true);
  t.equal(readFileSync(join(group, 'cgroup.freeze'), 'utf8'), '1');
  t.equal(thawIfThere(group), true);
  t.equal(readFileSync(join(group, 'cgroup.freeze'), 'utf8'), '0');
});

t.test('other errors are told', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file');
  t.throws(() => freezeIfThere(file), { code: 'ENOTDIR' });
});
