import t from 'tap';
import { playCaller } from '../../../support/fake-engine.ts';
import { addImage } from '../../../support/fake-image.ts';
import { playRunning } from '../../../support/fake-monitor.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

t.test('containers in all states, and each filter', async (t) => {
  const { engine, run, ok } = openBench(t);
  const other = addImage(engine.store, 'localhost/other:2', {
    Cmd: ['x'],
    Labels: { of: 'image' },
  });
  const ids: Record<string, string> = {};
  const make = async (name: string, line: string) => {
    ids[name] = await ok(`create --name ${name} ${line}`);
  };
  await ok('pod create --name pod --infra=false');
  await make('made', '--label color=red --restart always web');
  await make('runs', '-v files:/data --label color=blue --label size=2 web');
  await make('ended', '--network none other:2');
  await make('member', '--pod pod -v /srv other:2');
  const running = await playRunning(engine, 'runs');
  await (await playRunning(engine, 'ended')).end();
  t.teardown(() => running.end());

  /** The names that a listing shows, the oldest first. */
  const listed = async (flags: string): Promise<string> => {
    const names = await ok(`ps --format {{.Names}} --sort created ${flags}`);
    return names.split('\n').join(' ');
  };
  t.equal(await listed(''), 'runs', 'those that run');
  t.equal(await listed('-a'), 'made runs ended member', 'all');
  t.equal(await listed('-l'), 'member', 'the newest, whatever its state');
  t.equal(await listed('-n 2'), 'ended member');

  const cases: Record<string, string> = {
    'name=^r': 'runs',
    'name=e': 'made ended member',
    'name=/runs': 'runs',
    'name=[a-d]e': 'made ended member',
    [`id=${ids['made']?.slice(0, 10)}`]: 'made',
    'label=color': 'made runs',
    'label=color=red': 'made',
    'label=color=green': '',
    'label=of=image': 'ended member',
    'label!=color': 'ended member',
    'status=created': 'made member',
    'status=running': 'runs',
    'status=exited': 'ended',
    'status=paused': '',
    'exited=0': 'ended',
    'exited=1': '',
    'ancestor=web': 'made runs',
    'ancestor=localhost/other': 'ended member',
    [`ancestor=${other.slice(0, 12)}`]: 'ended member',
    'before=ended': 'made runs',
    'since=runs': 'ended member',
    'until=1h': '',
    'volume=files': 'runs',
    'volume=/data': 'runs',
    'volume=/srv': 'member',
    'pod=pod': 'member',
    'network=none': 'ended',
    'health=none': 'made runs ended member',
    'restart-policy=always': 'made',
    'should-start-on-boot=true': 'made',
  };
  for (const [filter, names] of Object.entries(cases)) {
    t.equal(await listed(`-a --filter ${filter}`), names, filter);
  }
  t.equal(await listed('-a --filter status=created --filter status=running'), 'made runs member');
  t.equal(await listed('-a --filter label=color --filter label=size=2'), 'runs', 'both labels');
  t.equal(await listed('-a --filter name=made --filter status=running'), '', 'both keys');
  t.equal(await listed('--filter status=exited'), 'ended', 'a filter by state means all');
  t.equal(await listed('--filter label=color'), 'runs', 'another does not');

  for (const bad of ['color=red', 'status=lost', 'exited=x', 'before=none', 'name', 'name=[']) {
    t.equal((await run(`ps -a --filter ${bad}`)).status, 125, bad);
  }
});

t.test('what a row says', async (t) => {
  const { engine, ok } = openBench(t);
  const id = await ok('create --name a -p 127.0.0.1:8080:80 --network slirp4netns web sleep 5');
  const row = async (format: string): Promise<string> => ok(`ps -a --format "${format}"`);
  t.equal(await row('{{.ID}} {{.Names}} {{.Image}}'), `${id.slice(0, 12)} a localhost/web:latest`);
  t.equal(await row('{{.Command}} | {{.Ports}}'), 'sleep 5 | 127.0.0.1:8080->80/tcp');
  t.equal(await row('{{.State}} {{.Status}}'), 'created Created');
  const running = await playRunning(engine, 'a');
  t.match(await row('{{.State}} {{.Status}} {{.Pid}}'), /^running Up .+ [1-9]\d*$/);
  await running.end();
  t.match(await row('{{.State}} {{.Status}} {{.ExitCode}}'), /^exited Exited \(0\) .* 0$/);
  t.equal(await ok('ps -aq --no-trunc'), id);
  t.match(JSON.parse(await ok('ps -a --format json')), [{ Id: id, Names: ['a'], State: 'exited' }]);
});
