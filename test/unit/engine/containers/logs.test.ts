import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { findRecord } from '../../../../src/container/records.ts';
import { logPath } from '../../../../src/engine/containers/start/monitor-input.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { playRunning } from '../../../support/fake-monitor.ts';
import { type Bench, openBench } from '../../../support/in-process.ts';

playCaller();

/** A record of a log: written so many seconds after noon, with a tag as the monitor writes it. */
function entry(seconds: number, text: string, stream = 'stdout', tag = 'F'): string {
  const time = `2026-01-01T12:00:${String(seconds).padStart(2, '0')}.000000000Z`;
  return `${time} ${stream} ${tag} ${text}\n`;
}

/** Makes a container and gives the path of its log. */
async function createLogged({ engine, ok }: Bench, name: string, flags = ''): Promise<string> {
  await ok(`create --name ${name} ${flags} web`);
  return logPath(engine.store, findRecord(engine.store, name));
}

/** As the monitor rotates the log of a container. */
function rotate(path: string, next: string): void {
  writeFileSync(`${path}.new`, next);
  renameSync(path, `${path}.1`);
  renameSync(`${path}.new`, path);
}

t.test('what was written, each stream to its own', async (t) => {
  const bench = openBench(t);
  const { run, ok } = bench;
  const path = await createLogged(bench, 'x');
  t.equal(await ok('logs x'), '', 'nothing yet');
  writeFileSync(`${path}.1`, entry(0, 'old'));
  writeFileSync(path, entry(1, 'out') + entry(2, 'err', 'stderr') + entry(3, 'ha', 'stdout', 'P'));
  appendFileSync(path, entry(4, 'lf'));
  t.match(await run('logs x'), { status: 0, out: 'old\nout\nhalf', err: 'err' });
  t.equal(await ok('logs -t --tail 1 x'), '2026-01-01T12:00:03.000000000Z half');
  await createLogged(bench, 'none', '--log-driver none');
  t.match(await run('logs none'), { status: 125, err: /keeps no log/ });
  t.match(await run('logs absent'), { status: 125, err: /no such container/ });
});

t.test('some of it', async (t) => {
  const bench = openBench(t);
  const path = await createLogged(bench, 'x');
  writeFileSync(`${path}.1`, [1, 2].map((n) => entry(n, `l${n}`)).join(''));
  writeFileSync(path, [3, 4, 5].map((n) => entry(n, `l${n}`)).join(''));
  const at = (seconds: number): string => `2026-01-01T12:00:0${seconds}Z`;
  const cases: Record<string, string> = {
    '--tail 0': '',
    '--tail 2': 'l4 l5',
    '--tail 4': 'l2 l3 l4 l5',
    '--tail 99': 'l1 l2 l3 l4 l5',
    '--tail -1': 'l1 l2 l3 l4 l5',
    [`--since ${at(4)}`]: 'l4 l5',
    [`--until ${at(2)}`]: 'l1 l2',
    [`--since ${at(2)} --until ${at(4)}`]: 'l2 l3 l4',
    [`--since ${at(2)} --until ${at(4)} --tail 1`]: 'l4',
    '--since 1h': '',
    '--until -1h': 'l1 l2 l3 l4 l5',
  };
  for (const [flags, lines] of Object.entries(cases)) {
    t.equal((await bench.ok(`logs ${flags} x`)).split('\n').join(' '), lines, flags);
  }
  for (const bad of ['--tail x', '--since yesterday', '--until 12:00']) {
    t.equal((await bench.run(`logs ${bad} x`)).status, 125, bad);
  }
});

t.test('several containers are told apart', async (t) => {
  const bench = openBench(t);
  for (const name of ['x', 'y']) {
    writeFileSync(await createLogged(bench, name), entry(1, `of ${name}`));
  }
  t.equal(await bench.ok('logs -n x y'), 'x of x\ny of y');
  const id = findRecord(bench.engine.store, 'x').id.slice(0, 12);
  t.match(await bench.ok('logs x y'), `${id} of x\n`);
});

t.test('what is added is followed over rotations until the end', async (t) => {
  const bench = openBench(t);
  const path = await createLogged(bench, 'x');
  writeFileSync(path, entry(1, 'one') + entry(2, 'two'));
  const running = await playRunning(bench.engine, 'x');
  const all = bench.begin('logs -f x');
  const last = bench.begin('logs -f --tail 1 x');
  await Promise.all([all.shows('two\n'), last.shows('two\n')]);
  appendFileSync(path, entry(3, 'three'));
  rotate(path, entry(4, 'four'));
  await Promise.all([all.shows('four\n'), last.shows('four\n')]);
  rotate(path, entry(5, 'five'));
  await Promise.all([all.shows('five\n'), last.shows('five\n')]);
  appendFileSync(path, entry(6, 'six'));
  await running.end();
  t.equal((await all.ended).out, 'one\ntwo\nthree\nfour\nfive\nsix');
  t.equal((await last.ended).out, 'two\nthree\nfour\nfive\nsix');
  t.same(bench.logged, [], 'nothing was lost');
});

t.test('following ends where nothing more may come', async (t) => {
  const bench = openBench(t);
  const path = await createLogged(bench, 'x');
  writeFileSync(path, entry(1, 'one'));
  t.equal(await bench.ok('logs -f x'), 'one', 'of a container that does not run');
  const running = await playRunning(bench.engine, 'x');
  t.equal(await bench.ok('logs -f --until 2026-01-01T12:00:09Z x'), 'one', 'after --until');
  await running.end();
});
