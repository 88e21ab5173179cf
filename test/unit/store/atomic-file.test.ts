import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { claimFile, replaceFile, writeFileAtomic } from '../../../src/store/atomic-file.ts';

t.test('a file is replaced whole, private unless it is said otherwise', async (t) => {
  const path = join(t.testdir({ file: 'old' }), 'file');
  writeFileAtomic(path, 'new', 'durable');
  t.equal(readFileSync(path, 'utf8'), 'new');
  writeFileAtomic(path, 'open', 'volatile', { mode: 0o644 });
  t.equal(statSync(path).mode & 0o777, 0o644);
  writeFileAtomic(path, 'private', 'volatile');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(readdirSync(join(path, '..')), ['file'], 'nothing else stays');
});

t.test('a directory in its place', async (t) => {
  const path = join(t.testdir({ file: { inside: 'x' } }), 'file');
  t.throws(() => writeFileAtomic(path, 'new', 'volatile'));
  t.same(readdirSync(path), ['inside'], 'it stays');
  t.same(readdirSync(join(path, '..')), ['file'], 'and nothing else');
  writeFileAtomic(path, 'new', 'volatile', { overDirectory: true });
  t.equal(readFileSync(path, 'utf8'), 'new');
});

t.test('one of many has a name', async (t) => {
  const path = join(t.testdir({}), 'name');
  const won = ['a', 'b', 'c'].filter((who) => claimFile(path, who, 'volatile'));
  t.same(won, ['a']);
  t.equal(readFileSync(path, 'utf8'), 'a');
  t.same(readdirSync(join(path, '..')), ['name']);
});

t.test('the copy of a file is only used where there is no room', async (t) => {
  const directory = t.testdir({ file: 'old', copy: 'a copy of old' });
  replaceFile(join(directory, 'file'), join(directory, 'copy'), 'new');
  t.equal(readFileSync(join(directory, 'file'), 'utf8'), 'new');
  t.equal(readFileSync(join(directory, 'copy'), 'utf8'), 'a copy of old');
});
