import { appendFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { storePaths } from '../../../src/store/paths.ts';
import { playCaller } from '../../support/fake-engine.ts';
import { openBench } from '../../support/in-process.ts';

playCaller();

/** An event that happened so many seconds after noon. */
function event(seconds: number, parts: object): string {
  const Time = `2026-01-01T12:00:0${seconds}.000000000Z`;
  return `${JSON.stringify({ Time, Attributes: null, ...parts })}\n`;
}

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const image = { Image: 'localhost/web:latest' };

/** What has happened, over two files. */
const older =
  event(1, { Type: 'image', Status: 'pull', ID: 'c'.repeat(64), Name: 'localhost/web:latest' }) +
  event(2, { Type: 'container', Status: 'create', ID: a, Name: 'one', ...image });
const newer =
  event(3, {
    Type: 'container',
    Status: 'died',
    ID: b,
    Name: 'two',
    ...image,
    Attributes: { job: '7' },
  }) +
  event(4, { Type: 'pod', Status: 'create', ID: 'd'.repeat(64), Name: 'pod' }) +
  event(5, { Type: 'volume', Status: 'create', Name: 'files' }) +
  event(6, { Type: 'secret', Status: 'create', ID: 'e'.repeat(25), Name: 'key' });

t.test('filters and times', async (t) => {
  const { engine, run, ok } = openBench(t);
  writeFileSync(storePaths.olderEvents(engine.store), older);
  writeFileSync(storePaths.events(engine.store), `${newer}half a li`);
  /** The seconds after noon of the events that are shown. */
  const shown = async (flags: string): Promise<string> => {
    const times = await ok(`events --stream=false --format {{.Time}} ${flags}`);
    return [...times.matchAll(/12:00:0(\d)/g)].map(([, second]) => second).join(' ');
  };
  const at = (seconds: number): string => `2026-01-01T12:00:0${seconds}Z`;
  const cases: Record<string, string> = {
    '': '1 2 3 4 5 6',
    [`--since ${at(3)}`]: '3 4 5 6',
    [`--until ${at(3)}`]: '1 2 3',
    [`--since ${at(2)} --until ${at(4)}`]: '2 3 4',
    '--since 1h': '',
    '--filter type=container': '2 3',
    '--filter event=create': '2 4 5 6',
    '--filter event=die': '3',
    '--filter event=died': '3',
    '--filter container=two': '3',
    [`--filter container=${a.slice(0, 6)}`]: '2',
    '--filter image=localhost/web': '1 2 3',
    '--filter image=localhost/web:latest': '1 2 3',
    '--filter label=job': '3',
    '--filter label=job=8': '',
    '--filter pod=pod': '4',
    '--filter volume=fil': '5',
    '--filter secret=key': '6',
    '--filter type=pod --filter type=volume': '4 5',
    '--filter type=container --filter event=create': '2',
  };
  for (const [flags, times] of Object.entries(cases)) t.equal(await shown(flags), times, flags);
  for (const bad of ['--filter color=red', '--filter type', '--since never']) {
    t.equal((await run(`events --stream=false ${bad}`)).status, 125, bad);
  }
});

t.test('commands tell what they do', async (t) => {
  const { ok } = openBench(t);
  const id = await ok('create --name one --label job=7 web');
  await ok('rename one two');
  await ok('rm two');
  await ok('volume create files');
  await ok('volume rm files');
  const format = '{{.Type}}:{{.Status}}:{{.Name}}';
  t.same((await ok(`events --stream=false --format ${format}`)).split('\n'), [
    'container:create:one',
    'container:rename:two',
    'container:remove:two',
    'volume:create:files',
    'volume:remove:files',
  ]);
  const lines = await ok('events --stream=false --format json --filter event=create');
  t.match(JSON.parse(lines.split('\n')[0] ?? ''), { ID: id, Attributes: { job: '7' } });
});

t.test('what happens is followed', async (t) => {
  const { engine, ok, begin } = openBench(t);
  writeFileSync(storePaths.events(engine.store), newer);
  const followed = begin('events --until 1h --since 1h --format {{.Status}}:{{.Name}}');
  await ok('create --name one web');
  await followed.shows('create:one');
  await ok('rm one');
  await followed.shows('remove:one');
  const Time = new Date(Date.now() + 2 * 3_600_000).toISOString();
  appendFileSync(storePaths.events(engine.store), event(0, { Type: 'system', Status: 'x', Time }));
  t.equal((await followed.ended).out, 'create:one\nremove:one', 'until its time is over');
});

t.test('nobody is told', async (t) => {
  const bench = openBench(t);
  bench.engine.eventsBackend = 'none';
  await bench.ok('create --name one web');
  bench.engine.eventsBackend = 'file';
  t.equal(await bench.ok('events --stream=false'), '');
});
