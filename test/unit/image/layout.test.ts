import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { indexDamage, readIndex, updateIndex } from '../../../src/image/layout.ts';
import { findImage } from '../../../src/image/resolve.ts';
import { type Store, storePaths } from '../../../src/store/paths.ts';
import { makeStore } from '../../../src/store/store-dirs.ts';
import { addImage } from '../../support/fake-image.ts';

function storeIn(root: string): Store {
  const store = { root, runroot: join(root, 'run'), searchGroup: null };
  makeStore(store);
  return store;
}

const names = (store: Store): (string | null)[] => readIndex(store).map(({ name }) => name);

t.test('a name belongs to the image that got it last', async (t) => {
  const store = storeIn(t.testdir({}));
  const first = addImage(store, 'localhost/a:1', { Cmd: ['1'] });
  const second = addImage(store, 'localhost/a:1', { Cmd: ['2'] });
  t.not(second, first);
  t.same(names(store), [null, 'localhost/a:1'], 'the other one stays without a name');
  t.equal(findImage(store, 'a:1')?.id, second);
  t.same(findImage(store, first.slice(0, 12))?.names, []);
  addImage(store, 'localhost/b:1', { Cmd: ['1'] });
  t.same(names(store), ['localhost/a:1', 'localhost/b:1'], 'until it gets one');
  t.equal(addImage(store, 'localhost/c:1', { Cmd: ['1'] }), first, 'an image may have several');
  t.same(findImage(store, 'c:1')?.names, ['localhost/b:1', 'localhost/c:1']);
});

t.test('the copy of the index stands in for it', async (t) => {
  const store = storeIn(t.testdir({}));
  addImage(store, 'localhost/a:1');
  for (const damage of ['', '{"manifests":[{}]}', '[', null]) {
    if (damage === null) rmSync(storePaths.index(store));
    else writeFileSync(storePaths.index(store), damage);
    t.not(indexDamage(store), null, JSON.stringify(damage));
    t.same(names(store), ['localhost/a:1'], 'nothing is lost');
  }
  addImage(store, 'localhost/b:1', { Cmd: ['b'] });
  t.equal(indexDamage(store), null, 'the next change mends it');
  t.same(names(store), ['localhost/a:1', 'localhost/b:1']);
  for (const path of [storePaths.index(store), storePaths.indexCopy(store)]) {
    writeFileSync(path, '[');
  }
  t.throws(() => readIndex(store), { code: 'damaged-store' });
});

t.test('a change that fails changes nothing', async (t) => {
  const store = storeIn(t.testdir({}));
  addImage(store, 'localhost/a:1');
  const before = readFileSync(storePaths.index(store), 'utf8');
  const failing = (): never => {
    throw new Error('no');
  };
  t.throws(() => updateIndex(store, failing), { message: 'no' });
  t.equal(readFileSync(storePaths.index(store), 'utf8'), before);
  updateIndex(store, () => []);
  t.same(names(store), [], 'and the lock is free again');
});
