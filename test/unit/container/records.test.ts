import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listRecords } from '../../../src/container/records.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { storePaths } from '../../../src/store/paths.ts';
import { playCaller } from '../../support/fake-engine.ts';
import { openBench } from '../../support/in-process.ts';

playCaller();

/** Lets a container look as if the command that made it had ended. */
function forgetCreator({ store }: Engine, id: string): void {
  const path = join(storePaths.container(store, id), 'record.json');
  const { sum: _sum, ...record } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...record, creator: '4194305-1-gone' }));
}

/** What a listing tells of a store: containers by name, and the numbers of all else. */
function listed({ store }: Engine): object {
  const { records, garbage, damaged, staleNames } = listRecords(store);
  return {
    names: records.map(({ name }) => name),
    garbage: garbage.length,
    damaged: damaged.map(({ name }) => name),
    staleNames,
  };
}

const none = { garbage: 0, damaged: [], staleNames: [] };

t.test('a container is found by its name, its id, and a beginning that is its own', async (t) => {
  const { ok, run } = openBench(t);
  const id = await ok('create --name xyz web');
  for (const word of ['xyz', '/xyz', id, id.slice(0, 12)]) {
    t.equal(await ok(`inspect --format {{.Id}} ${word}`), id, word);
  }
  const other = await ok(`create --name ${id.slice(0, 12)} web`);
  t.equal(await ok(`inspect --format {{.Id}} ${id.slice(0, 12)}`), other, 'a name comes first');
  t.equal((await run('inspect --type container xy')).status, 125, 'no part of a name');
});

t.test('a name whose file is lost is given back', async (t) => {
  const { engine, ok } = openBench(t);
  const id = await ok('create --name x web');
  forgetCreator(engine, id);
  rmSync(storePaths.name(engine.store, 'x'));
  t.equal(await ok('inspect --format {{.Id}} x'), id);
  t.equal(readFileSync(storePaths.name(engine.store, 'x'), 'utf8').trim(), id);
});

t.test('what a killed command has left is no container', async (t) => {
  const { engine, ok } = openBench(t);
  await ok('create --name sound web');
  // It was killed between the container's directory and its name.
  const nameless = await ok('create --rm --name nameless web');
  forgetCreator(engine, nameless);
  rmSync(storePaths.name(engine.store, 'nameless'));
  // Or had taken the name of one that was never made.
  writeFileSync(storePaths.name(engine.store, 'stale'), 'e'.repeat(64));
  t.same(listed(engine), { names: ['sound'], garbage: 1, damaged: [], staleNames: ['stale'] });
  await ok('ps -a');
  t.same(listed(engine), { ...none, names: ['sound'] }, 'the next command sweeps it');
  await ok('create --name stale web');
});

t.test('a damaged record is told of, and goes by force alone', async (t) => {
  const { engine, run, ok } = openBench(t);
  const id = await ok('create --name a web');
  await ok('create --name b web');
  const path = join(storePaths.container(engine.store, id), 'record.json');
  for (const damage of ['', '{"version":1', '{"version":9}']) {
    writeFileSync(path, damage);
    t.same(listed(engine), { ...none, names: ['b'], damaged: ['a'] }, JSON.stringify(damage));
  }
  rmSync(path);
  mkdirSync(path);
  t.same(listed(engine), { ...none, names: ['b'], damaged: ['a'] }, 'a directory');
  t.match(await run('rm a'), { status: 125, err: /record of container .* is damaged/ });
  t.equal((await run('create --name a web')).status, 125, 'its name is not free');
  await ok('rm -f a');
  t.same(listed(engine), { ...none, names: ['b'] });
});

t.test('renaming', async (t) => {
  const { engine, run, ok } = openBench(t);
  await ok('create --name a web');
  await ok('create --name b web');
  t.match(await run('rename a b'), { status: 125, err: /already in use/ });
  t.match(await run('rename a -c'), { status: 125 });
  await ok('rename a c');
  t.same(listed(engine), { ...none, names: ['c', 'b'] });
  await ok('create --name a web');
  t.same(listed(engine), { ...none, names: ['c', 'b', 'a'] });
});
