import { existsSync } from 'node:fs';
import t from 'tap';
import { listRecords } from '../../../../src/container/records.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { storePaths } from '../../../../src/store/paths.ts';
import { volumeNames } from '../../../../src/volume/volume.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { addImage } from '../../../support/fake-image.ts';
import { playRunning } from '../../../support/fake-monitor.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

function namesIn({ store }: Engine): string[] {
  return listRecords(store).records.map(({ name }) => name);
}

t.test('all of it goes, and others stay', async (t) => {
  const { engine, run, ok } = openBench(t);
  const [x, y] = [await ok('create --name x web'), await ok('create --name y web')];
  t.equal(await ok('rm x'), 'x');
  t.same(namesIn(engine), ['y']);
  t.notOk(existsSync(storePaths.container(engine.store, x)));
  t.notOk(existsSync(storePaths.name(engine.store, 'x')), 'its name is free');
  t.equal(await ok(`rm ${y.slice(0, 8)}`), y.slice(0, 8), 'by the beginning of its id');
  t.match(await run('rm x'), { status: 1, err: /no such container/ });
  t.match(await run('rm --ignore x'), { status: 0, out: '', err: '' });
  t.match(await run('rm -f x'), { status: 0, out: '', err: '' }, 'with force as well');
});

t.test('the others go in spite of one that does not', async (t) => {
  const { engine, run, ok } = openBench(t);
  for (const name of ['x', 'y']) await ok(`create --name ${name} web`);
  t.match(await run('rm x none y'), { status: 1, out: 'x\ny', err: /"none"/ });
  t.same(namesIn(engine), []);
});

t.test('one that runs', async (t) => {
  const { engine, run, ok } = openBench(t);
  await ok('create --name x web');
  const running = await playRunning(engine, 'x');
  t.match(await run('rm x'), { status: 2, err: /it is running/ });
  t.same(namesIn(engine), ['x']);
  t.match(await run('rm --time 1 x'), { status: 125, err: /--time needs --force/ });
  t.equal(await ok('rm -f x'), 'x');
  await running.end();
  t.same(namesIn(engine), [], 'force ends it first');
  await ok('create --name y web');
  await (await playRunning(engine, 'y')).end();
  t.equal(await ok('rm y'), 'y', 'one that has ended needs no force');
});

t.test('what needs it', async (t) => {
  const { engine, run, ok } = openBench(t);
  const ids: Record<string, string> = { x: await ok('create --name x web') };
  ids['y'] = await ok('create --name y --network container:x web');
  ids['z'] = await ok('create --name z --requires y web');
  t.match(await run('rm x'), { status: 125, err: /dependent containers .*: [0-9a-f]{64} \(y\)/ });
  t.match(await run('rm -f x'), { status: 125 }, 'force is for what runs');
  t.same(namesIn(engine), ['x', 'y', 'z']);
  t.equal(await ok('rm --depend x'), [ids['z'], ids['y'], 'x'].join('\n'), 'the last one first');
  t.same(namesIn(engine), []);
  await ok('create --name x web');
  await ok('create --name y --network container:x web');
  t.same((await ok('rm -a')).split('\n').length, 2, 'all of them in an order that works');
});

t.test('its volumes', async (t) => {
  const { engine, ok } = openBench(t);
  addImage(engine.store, 'localhost/data:latest', { Cmd: ['sh'], Volumes: { '/d': {} } });
  const count = (): number => volumeNames(engine.store).length;
  await ok('create --name x -v named:/n -v /own data');
  t.equal(count(), 3);
  await ok('rm x');
  t.equal(count(), 3, 'stay');
  await ok('create --name x -v named:/n -v /own data');
  t.equal(count(), 5);
  await ok('rm -v x');
  t.equal(count(), 3, 'go with -v when they have no name of their own');
  await ok('create --name x -v /own web');
  await ok('create --name y --volumes-from x web');
  await ok('rm -v x');
  t.equal(count(), 4, 'but for what another container has');
  await ok('rm -v y');
  t.equal(count(), 4, 'which keeps what was shared');
  t.ok(volumeNames(engine.store).includes('named'));
});

t.test('what holds a pod together', async (t) => {
  const { engine, run, ok } = openBench(t);
  await ok('pod create --name p');
  const id = await ok('create --pod p --name x web');
  const holder = namesIn(engine).find((name) => name.endsWith('-infra'));
  t.match(await run(`rm -f ${holder}`), {
    status: 125,
    err: /cannot be removed without removing the pod/,
  });
  t.equal(await ok('rm -a'), id);
  t.same(namesIn(engine), [holder], 'all are those that may go');
});

t.test('by a filter', async (t) => {
  const { engine, run, ok } = openBench(t);
  await ok('create --name x --label job=1 web');
  await ok('create --name y --label job=2 web');
  await ok('rm --filter label=job=1');
  t.same(namesIn(engine), ['y']);
  t.match(await run('rm --filter label=job=1'), { status: 0, out: '' });
  t.equal((await run('rm --filter colour=red')).status, 125);
});
