import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listRecords } from '../../../../src/container/records.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { storePaths } from '../../../../src/store/paths.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { addImage, imageDocuments } from '../../../support/fake-image.ts';
import { playRunning } from '../../../support/fake-monitor.ts';
import { openRegistry } from '../../../support/fake-registry.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

/** What a store has of containers, volumes and pods, and of what is being made. */
function contentOf({ store }: Engine): Record<string, number> {
  const count = (path: string): number => {
    try {
      return readdirSync(path).length;
    } catch {
      return 0;
    }
  };
  return {
    containers: count(storePaths.containers(store)),
    names: count(storePaths.names(store)),
    volumes: count(storePaths.volumes(store)),
    pods: count(storePaths.pods(store)),
    staging: count(storePaths.staging(store)),
  };
}

const nothing = { containers: 0, names: 0, volumes: 0, pods: 0, staging: 0 };

t.test('names', async (t) => {
  const { engine, run, ok } = openBench(t);
  const id = await ok('create --name x web');
  t.match(id, /^[0-9a-f]{64}$/);
  t.match(await run('create --name x web'), {
    status: 125,
    err: `Error: creating container storage: the container name "x" is already in use by ${id}. You have to remove that container to be able to reuse that name: that name is already in use, or use --replace to remove it`,
  });
  await ok('create web');
  const { records } = listRecords(engine.store);
  t.equal(new Set(records.map(({ name }) => name)).size, 2, 'a name is made up');
  for (const bad of ['-x', 'a/b', 'a b', 'é', '']) {
    const { status } = await run(`create "--name=${bad}" web`);
    t.equal(status, bad === '' ? 0 : 125, JSON.stringify(bad));
  }
});

t.test('what the image says, and what the command line says against it', async (t) => {
  const { engine, ok } = openBench(t);
  const config = { Cmd: ['-x'], Entrypoint: ['/e'], Env: ['A=1'], Labels: { l: 'i' }, User: 'u' };
  addImage(engine.store, 'localhost/full:latest', config);
  await ok('create --name plain full');
  await ok('create --name own --entrypoint /o --label l=c --user 7 full arg');
  const [plain, own] = listRecords(engine.store).records;
  t.match(plain, { args: ['/e', '-x'], imageEnv: ['A=1'], labels: { l: 'i' }, user: 'u' });
  t.match(own, { args: ['/o', 'arg'], imageEnv: ['A=1'], labels: { l: 'c' }, user: '7' });
});

t.test('the pull policy', async (t) => {
  const { engine, run, ok } = openBench(t);
  const registry = await openRegistry(t);
  const name = `${registry.host}/app:1`;
  const create = (policy: string) => run(`create -q --tls-verify=false --pull=${policy} ${name}`);
  const asked = (): number => registry.requests.splice(0).length;

  t.match(await create('never'), { status: 125, err: `Error: ${name}: image not known` });
  t.equal(asked(), 0, 'never: nobody is asked');
  t.match(await create('missing'), { status: 125 }, 'the registry has none');
  t.ok(asked() > 0, 'missing: the registry is asked');

  const old = addImage(engine.store, name, { Cmd: ['old'] });
  for (const policy of ['never', 'missing', 'newer']) {
    t.equal((await create(policy)).status, 0, `${policy}: the one of the store does`);
    t.equal(asked() > 0, policy === 'newer', `${policy} asks the registry only for a newer one`);
  }
  t.equal((await create('always')).status, 125, 'always: the one of the store does not');

  registry.image = imageDocuments({ Cmd: ['new'] });
  const imageOf = async (policy: string) => {
    const { out } = await create(policy);
    return ok(`inspect --format {{.Image}} ${out}`);
  };
  t.equal(await imageOf('missing'), old);
  t.not(await imageOf('newer'), old, 'newer: what the registry has by now');
});

t.test('the place of another container', async (t) => {
  const { engine, run, ok } = openBench(t);
  const first = await ok('create --name x web');
  const second = await ok('create --replace --name x web');
  t.not(second, first);
  const running = await playRunning(engine, 'x');
  const third = await ok('create --replace --name x web');
  await running.end();
  t.same(
    listRecords(engine.store).records.map(({ id, name }) => [id, name]),
    [[third, 'x']],
    'one that runs goes, too',
  );
  t.match(await run('create --replace web'), { status: 125, err: /--replace needs --name/ });
  t.equal((await run('create --replace --name x --pull never absent')).status, 125);
  t.equal(listRecords(engine.store).records.length, 1, 'nothing goes for what cannot be made');
});

t.test('what fails leaves nothing behind', async (t) => {
  const { engine, run, ok } = openBench(t);
  addImage(engine.store, 'localhost/kernel:latest', { Cmd: ['sh'], Volumes: { '/proc/x': {} } });
  addImage(engine.store, 'localhost/empty:latest', {});
  const failing = [
    'create empty',
    'create kernel',
    'create -v /nowhere/at/all:/x web',
    'create --secret none web',
    'create --volumes-from none web',
    'create --requires none web',
    'create --network named web',
    'create --uidmap 0:900000:10 web',
    'create --pod none web',
    'create --pod new:p --uidmap 0:900000:10 web',
    'create --pod new:p --secret none web',
  ];
  for (const line of failing) {
    t.equal((await run(line)).status, 125, line);
    t.same(contentOf(engine), nothing, `${line}: what is left`);
  }
  await ok('create --pod new:p --name x web');
  t.match(contentOf(engine), { containers: 2, names: 2, pods: 1 });
  t.equal((await run('create --pod p --name x web')).status, 125);
  t.match(contentOf(engine), { containers: 2, names: 2, pods: 1 }, 'a pod of before stays');
});

t.test('the file for the id', async (t) => {
  const { run, ok } = openBench(t);
  const directory = t.testdir({ taken: 'x' });
  await ok(`create --cidfile ${directory}/taken web`);
  t.match(readFileSync(join(directory, 'taken'), 'utf8'), /^[0-9a-f]{64}$/, 'what was in it goes');
  t.equal((await run(`create --cidfile ${directory}/id none-such --pull never`)).status, 125);
  t.same(readdirSync(directory), ['taken'], 'no file for no container');
  await ok(`create --cidfile ${directory}/id web`);
  t.same(readdirSync(directory), ['id', 'taken']);
});
