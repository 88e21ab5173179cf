import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootId } from '../../../src/native/processes.ts';
import { listDirectory } from '../../../src/store/list-directory.ts';
import { type Store, storePaths } from '../../../src/store/paths.ts';
import {
  keepAside,
  keptTrees,
  setAside,
  stagingPath,
  sweepStaging,
} from '../../../src/store/staging.ts';

function storeIn(root: string): Store {
  return { root, runroot: join(root, 'run'), searchGroup: null };
}

const noMap = (): never => {
  throw new Error('nothing needs the user namespace');
};

t.test('what processes that are gone have left is swept, and no more', async (t) => {
  const store = storeIn(t.testdir({}));
  await sweepStaging(store, noMap);
  const own = stagingPath(store);
  t.not(stagingPath(store), own, 'each path is another');
  mkdirSync(own);
  const staging = storePaths.staging(store);
  const boots = [bootId(), '00000000-0000-0000-0000-000000000000'];
  for (const boot of boots) {
    // Nobody has so high a pid; the first process of the machine is another one in another boot.
    mkdirSync(join(staging, `4194305-1-${boot}.aaaa`, 'deep'), { recursive: true });
  }
  writeFileSync(join(staging, `1-1-${boots[1]}.bbbb`), '');
  mkdirSync(join(store.root, 'tree'));
  keepAside(store, join(store.root, 'tree'));
  const kept = keptTrees(store);
  t.equal(kept.length, 1);
  await sweepStaging(store, () => ({ kind: 'single', uids: [], gids: [] }));
  const left = listDirectory(staging).map((name) => join(staging, name));
  t.same(left.sort(), [own, ...kept].sort());
});

t.test('one of many takes a directory out of sight', async (t) => {
  const store = storeIn(t.testdir({ tree: { file: 'x' } }));
  const aside = setAside(store, join(store.root, 'tree'));
  t.same(listDirectory(aside ?? ''), ['file']);
  t.equal(setAside(store, join(store.root, 'tree')), null);
});
