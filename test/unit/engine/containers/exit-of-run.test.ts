// Waiting for the end of containers, also of those that go with their process.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { findRecord } from '../../../../src/container/records.ts';
import { beginExitWait, lookForExit } from '../../../../src/engine/containers/exit-of-run.ts';
import { eventFile } from '../../../../src/event/event-file.ts';
import { containerFile } from '../../../../src/store/container-files.ts';
import { storePaths } from '../../../../src/store/paths.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { playRunning } from '../../../support/fake-monitor.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

const ended = (code: number) => ({ kind: 'ended' as const, code });
const waits = { kind: 'waits' as const, monitor: null };

t.test('the code of one that stays', async (t) => {
  const { engine, ok } = openBench(t);
  await ok('create --name a web');
  const run = await playRunning(engine, 'a');
  const record = findRecord(engine.store, 'a');
  const wait = await beginExitWait(engine, record, 'not-running');
  t.match(await lookForExit(engine, wait), { kind: 'waits', monitor: Number });
  await run.end();
  t.same(await lookForExit(engine, wait), ended(0));
});

for (const condition of ['removed', 'not-running', 'next-exit'] as const) {
  t.test(`one of --rm that is half removed (${condition})`, async (t) => {
    const { engine, ok } = openBench(t);
    const { store } = engine;
    await ok('create --name a --rm web');
    const { id } = findRecord(store, 'a');
    const run = await playRunning(engine, 'a');
    const wait = await beginExitWait(engine, findRecord(store, 'a'), condition);
    await run.end();
    // A monitor removes the name first, and the directory's files one after the other.
    rmSync(storePaths.name(store, 'a'));
    rmSync(containerFile(store, id, 'exit'));
    rmSync(containerFile(store, id, 'lock'));
    t.same(await lookForExit(engine, wait), waits, 'with the state of what runs');
    rmSync(containerFile(store, id, 'state'));
    t.same(await lookForExit(engine, wait), waits, 'as if it had never run');
    rmSync(containerFile(store, id, 'record'));
    t.same(await lookForExit(engine, wait), waits, 'without a record');
    rmSync(storePaths.container(store, id), { recursive: true });
    const file = eventFile(store, engine.config);
    mkdirSync(dirname(file), { recursive: true });
    const event = { ID: id, Name: 'a', Status: 'died', Type: 'container' };
    const time = { Time: new Date().toISOString(), Attributes: {} };
    appendFileSync(file, `${JSON.stringify({ ...event, ...time, ContainerExitCode: 7 })}\n`);
    t.same(await lookForExit(engine, wait), ended(7), 'as the events tell');
    writeFileSync(file, '');
    t.same(await lookForExit(engine, wait), ended(-1), 'nobody tells any more');
  });
}
