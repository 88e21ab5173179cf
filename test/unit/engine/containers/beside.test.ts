// Operations of one process on one store, as a server has them: none stands in the way of another for good.
import t from 'tap';
import { lockPods } from '../../../../src/pod/records.ts';
import { lockVolumes } from '../../../../src/volume/volume.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

t.test('containers are made while others wait for the volumes', async (t) => {
  const { engine, run, ok } = openBench(t);
  await ok('volume create data');
  const making = await lockVolumes(engine.store, 'shared');
  const made = Promise.all(['a', 'b'].map((name) => ok(`create --name ${name} web`)));
  const removed = run('volume rm data');
  const later = ok('create --name c -v data:/data web');
  await made;
  t.equal(await ok('ps -a --format {{.Names}} --sort names'), 'a\nb');
  making.release();
  t.same(await removed, { status: 0, out: 'data', err: '' });
  await later;
  t.equal(await ok('volume ls -q'), 'data', 'made anew for who came later');
});

t.test('of many that want one name one gets it', async (t) => {
  const { run, ok } = openBench(t);
  const lines = Array.from({ length: 8 }, () => 'create --name one -v data:/data web');
  const results = await Promise.all(lines.map(run));
  t.equal(results.filter(({ status }) => status === 0).length, 1);
  t.ok(results.every(({ status, err }) => status === 0 || /already in use/.test(err)));
  t.equal((await ok('ps -aq')).split('\n').length, 1);
});

t.test('one container is renamed and removed twice at once', async (t) => {
  const { run, ok } = openBench(t);
  const id = await ok('create --name one -v /anonymous web');
  const lines = [`rename ${id} two`, `rm -v ${id}`, `rm -v ${id}`];
  const results = await Promise.all(lines.map(run));
  t.ok(results.slice(1, 3).some(({ status }) => status === 0));
  t.equal(await ok('ps -aq'), '');
  t.equal(await ok('volume ls -q'), '');
});

t.test('pods are made one after the other', async (t) => {
  const { engine, ok } = openBench(t);
  const lock = await lockPods(engine.store);
  const pods = Promise.all(['p', 'q'].map((name) => ok(`pod create --infra=false --name ${name}`)));
  t.equal(await ok('pod ps -q'), '');
  lock.release();
  await pods;
  t.equal(await ok('pod ps --format {{.Name}} --sort name'), 'p\nq');
});
