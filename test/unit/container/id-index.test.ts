import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { idsBeginning } from '../../../src/container/id-index.ts';

t.test('ids by their beginning, while some come and others go', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-test-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const make = (id: string) => mkdirSync(join(directory, id));
  const find = (prefix: string) =>
    idsBeginning(directory, prefix, (id) => existsSync(join(directory, id)));
  for (const id of ['aa1', 'aa2', 'ab1', 'b11']) make(id);
  t.same(find('aa'), ['aa1', 'aa2']);
  t.same(find('a'), ['aa1', 'aa2', 'ab1']);
  t.same(find('b11'), ['b11']);
  t.same(find('c'), []);
  rmdirSync(join(directory, 'aa1'));
  t.same(find('aa'), ['aa2'], 'one has gone');
  // A directory's time has the kernel's tick.
  await new Promise((resolve) => setTimeout(resolve, 20));
  make('c11');
  t.same(find('c'), ['c11'], 'one has come');
  rmdirSync(join(directory, 'c11'));
  t.same(find('c'), []);
  t.same(
    idsBeginning(join(directory, 'nowhere'), 'a', () => true),
    [],
  );
});
