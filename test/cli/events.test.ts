import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { EngineEvent } from '../../src/event/event.ts';
import { journalSocket } from '../../src/event/event-file.ts';
import { eventually, Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const run = ['run', '--network', 'none', '--name'];
const past = ['events', '--stream=false'];

function events(...flags: string[]): EngineEvent[] {
  const text = sandbox.ok(...past, '--format', 'json', ...flags);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EngineEvent);
}

function statuses(container: string): string[] {
  return events('--filter', `container=${container}`).map(({ Status }) => Status);
}

t.test('the life of a container', async (t) => {
  const flags = ['--label', 'a=b', '--label', 'c=d e'];
  sandbox.run([...run, 'e', ...flags, 'hello', 'sh', '-c', 'exit 3']);
  await eventually('it is cleaned up', () => statuses('e').includes('cleanup'));
  t.same(statuses('e'), ['create', 'init', 'start', 'died', 'cleanup']);
  const [died] = events('--filter', 'event=died');
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'e').trim();
  const subject = { ID: id, Name: 'e', Image: /hello/, Attributes: { a: 'b', c: 'd e' } };
  t.match(died, { Type: 'container', Status: 'died', ContainerExitCode: 3, ...subject });
  t.match(died?.Time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  const [line = ''] = sandbox.ok(...past, '--filter', 'event=start').split('\n');
  t.match(
    line,
    new RegExp(
      `^[0-9-]{10} [0-9:.]{8,18} \\+0000 UTC container start ${id} \\(image=\\S*hello\\S*, name=e, .*a=b, c=d e\\)$`,
    ),
  );
  sandbox.ok('rename', 'e', 'f');
  sandbox.ok('rm', 'f');
  t.same(statuses(id.slice(0, 12)).slice(-2), ['rename', 'remove']);
  const row = '{{.Type}} {{.Status}} {{.Name}} {{.Attributes}}';
  t.match(sandbox.ok(...past, '--format', row), /^container create e map\[a:b c:d e.*\]$/m);
  t.same(events('--filter', 'label=a=x'), []);
  t.same(events('--filter', 'type=volume'), []);
  t.same(events('--since', '1h', '--until', '2001-01-01'), []);
  t.equal(events('--filter', 'event=died', '--filter', 'event=create').length, 2);
});

t.test('restarts, kills, sessions, health', async (t) => {
  const script = 'test -e /once && exec sleep 1000; touch /once';
  const flags = ['-d', '--rm', '--health-cmd', 'true', '--health-interval', 'disable', '--init'];
  sandbox.ok(...run, 'h', ...flags, 'hello', 'sleep', '1000');
  sandbox.ok('exec', 'h', 'true');
  sandbox.ok('healthcheck', 'run', 'h');
  await eventually('the session is over', () => statuses('h').includes('exec_died'));
  t.match(events('--filter', 'event=health_status'), [{ HealthStatus: 'healthy', Name: 'h' }]);
  const [session] = events('--filter', 'event=exec');
  const [over] = events('--filter', 'event=exec_died');
  t.match(over, { ContainerExitCode: 0, ExecID: session?.ExecID });
  sandbox.ok('kill', 'h');
  await eventually('it is gone', () => statuses('h').includes('remove'));
  const all = statuses('h').filter((status) => !/exec|health/.test(status));
  // The container may be gone before the one that killed it has told of that.
  t.same(all.sort(), ['cleanup', 'create', 'died', 'init', 'kill', 'remove', 'start']);
  sandbox.ok(...run, 'r', '-d', '--restart', 'always', 'hello', 'sh', '-c', script);
  await eventually('it runs again', () => statuses('r').includes('restart'));
  t.same(statuses('r').slice(0, 5), ['create', 'init', 'start', 'died', 'restart']);
  sandbox.run(['rm', '-f', '-t', '0', 'r']);
});

t.test('a session begins before it ends, however short it is', async (t) => {
  sandbox.ok(...run, 'brief', '-d', '--init', 'hello', 'sleep', '1000');
  const count = 20;
  for (let at = 0; at < count; at += 1) sandbox.ok('exec', '-d', 'brief', 'true');
  const told = (status: string): EngineEvent[] => events('--filter', `event=${status}`);
  const ofBrief = (all: EngineEvent[]) => all.filter(({ Name }) => Name === 'brief');
  await eventually('all are over', () => ofBrief(told('exec_died')).length === count);
  const begun = new Set<string | undefined>();
  const early: EngineEvent[] = [];
  for (const event of ofBrief(events())) {
    if (event.Status === 'exec') begun.add(event.ExecID);
    if (event.Status === 'exec_died' && !begun.has(event.ExecID)) early.push(event);
  }
  t.same(early, []);
  t.equal(begun.size, count);
  t.equal(sandbox.run(['exec', 'brief', 'no-such-program']).code, 127);
  t.equal(ofBrief(told('exec')).length, count, 'what did not start is not told of');
  sandbox.ok('rm', '-f', '-t', '0', 'brief');
});

t.test('images and volumes', async (t) => {
  sandbox.ok('tag', 'hello', 'localhost/other:1');
  sandbox.ok('untag', 'localhost/other:1');
  sandbox.ok('volume', 'create', 'v');
  sandbox.ok('volume', 'rm', 'v');
  const text = sandbox.ok(...past, '--filter', 'type=image', '--filter', 'type=volume');
  t.match(text, / image tag [0-9a-f]{64} localhost\/other:1\n/);
  t.match(text, / image untag [0-9a-f]{64} localhost\/other:1\n/);
  t.match(text, / volume create v\n.* volume remove v\n$/);
});

t.test('images that go to files and come from them', async (t) => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  const place = sandbox.makeDirectory('files');
  const tar = `${place}/ball.tar`;
  const copy = `dir:${place}/dir`;
  const marker = sandbox.ok('events', '--stream=false', '--since', '1h').split('\n').length - 1;
  sandbox.ok('push', '-q', 'hello', copy);
  sandbox.ok('save', '-q', '-o', tar, 'hello');
  sandbox.ok('load', '-q', '-i', tar);
  sandbox.ok('pull', '-q', `docker-archive:${tar}`);
  sandbox.run(['pull', '--retry', '0', 'localhost:1/bogus']);
  sandbox.ok('tag', 'hello', 'once');
  sandbox.ok('rmi', 'once');
  const format = ['--format', '{{.Status}} {{.Name}}'];
  const told = sandbox.ok('events', '--stream=false', '--since', '1h', ...format).split('\n');
  t.same(told.slice(marker, -1), [
    `push ${copy}`,
    `save ${tar}`,
    `loadfromarchive ${tar}`,
    `pull docker-archive:${tar}`,
    'pull-error localhost:1/bogus',
    'tag once',
    'untag localhost/once:latest',
  ]);
  t.match(
    sandbox.ok(...past, '--filter', 'event=pull-error'),
    / pull-error {2}localhost:1\/bogus .*refused/,
  );
});

t.test('pods and secrets', async (t) => {
  const pod = (...args: string[]): string => sandbox.ok('pod', ...args).trim();
  const id = pod('create', '--name', 'p', '--network', 'none', '--label', 'tier=x');
  for (const verb of ['start', 'restart', 'pause', 'unpause', 'kill']) {
    // Without a control group there is no pausing.
    sandbox.run(['pod', verb, 'p']);
  }
  pod('rm', '-f', 'p');
  pod('create', '--infra=false', 'q');
  pod('rm', 'q');
  const frozen = events('--filter', 'event=pause').length > 0 ? ['pause'] : [];
  const told = (...flags: string[]) => events(...flags).map(({ Status }) => Status);
  const life = ['create', 'start', 'stop', 'start', ...frozen, 'unpause', 'kill', 'remove'];
  t.same(told('--filter', 'pod=p'), life);
  t.same(told('--filter', `pod=${id.slice(0, 12)}`), life);
  t.same(told('--filter', 'type=pod'), [...life, 'create', 'remove']);
  t.same(told('--filter', 'label=tier=x', '--filter', 'event=create'), ['create']);
  const [line = ''] = sandbox.ok(...past, '--filter', 'pod=p', '--no-trunc=false').split('\n');
  t.match(line, new RegExp(` UTC pod create ${id.slice(0, 12)} \\(image=, name=p\\)$`));
  t.match(events('--filter', 'pod=p')[0], { ID: id, Name: 'p', Type: 'pod', Attributes: null });
  const file = join(sandbox.makeDirectory('values'), 'value');
  writeFileSync(file, 'v', { mode: 0o644 });
  const secret = sandbox.ok('secret', 'create', 's', file).trim();
  sandbox.ok('secret', 'rm', 's');
  const text = sandbox.ok(...past, '--filter', 'secret=s');
  t.match(text, new RegExp(`^[^\n]* secret create ${secret}\n[^\n]* secret remove ${secret}\n$`));
});

t.test('a stream of what is new', async (t) => {
  const child = sandbox.start(['events', '--filter', 'event=create', '--format', '{{.Name}}']);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  let made = 0;
  // It begins some time after it was started.
  for (; text === '' && made < 50; made += 1) {
    sandbox.ok('create', '--network', 'none', '--name', `s${made}`, 'hello');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.match(text, /^s\d+\n/);
  t.notMatch(text, /^e$/m, 'nothing of before');
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGINT');
  await ended;
  sandbox.ok('rm', ...Array.from({ length: made }, (_, index) => `s${index}`));
  const soon = sandbox.run(['events', '--until', '1s', '--format', '{{.Status}}']);
  t.match(soon, { code: 0, stderr: '', stdout: /create\n/ });
});

t.test('the file stays short', async (t) => {
  const file = join(sandbox.runroot, 'events.log');
  const tooLong = 1_100_000;
  truncateSync(file, tooLong);
  sandbox.ok('volume', 'create', 'w');
  t.ok(statSync(file).size < 1000);
  t.equal(statSync(`${file}.1`).size, tooLong);
  truncateSync(file, tooLong);
  sandbox.ok(...run, 'big', '-d', '--rm', 'hello', 'true');
  await eventually('its monitor has told', () => statuses('big').includes('remove'));
  t.ok(statSync(file).size < 10_000);
  sandbox.ok('volume', 'rm', 'w');
});

t.test('the configured file stays as short as asked', async (t) => {
  const [file, older] = ['', '.1'].map((end) => join(sandbox.directory, `own-events${end}`));
  if (file === undefined || older === undefined) throw new Error('no names');
  const configuration = join(sandbox.directory, 'events.conf');
  const configure = (limit: number): void => {
    const lines = [`events_logfile_path = "${file}"`, `events_logfile_max_size = ${limit}`];
    writeFileSync(configuration, ['[engine]', ...lines, ''].join('\n'));
    chmodSync(configuration, 0o644);
  };
  const env = { CONTAINERS_CONF_OVERRIDE: configuration };
  const line = (index: number): string =>
    `{"Type":"volume","Status":"create","Name":"n${index}","Time":"2026-01-02T03:04:05Z"}\n`;
  const fill = (lines: number): void =>
    writeFileSync(file, Array.from({ length: lines }, (_, index) => line(index)).join(''));
  const half = 2000;
  configure(2 * half);
  fill(10);
  chmodSync(file, 0o666);
  t.equal(sandbox.run(['volume', 'create', 'kept'], { env }).code, 0);
  t.notOk(existsSync(older), 'shorter than half of it');
  const before = line(0).repeat(40);
  writeFileSync(file, before);
  t.equal(sandbox.run(['volume', 'rm', 'kept'], { env }).code, 0);
  t.equal(readFileSync(older, 'utf8'), before);
  t.ok(statSync(file).size < half);
  const shown = sandbox.run(['events', '--stream=false', '--format', '{{.Name}}'], { env });
  t.match(shown.stdout, /^(n0\n){40}kept\n$/, 'both are read');
  writeFileSync(file, before);
  const flags = ['run', '-d', '--rm', '--network', 'none', '--name', 'told', 'hello', 'true'];
  t.equal(sandbox.run(flags, { env }).code, 0);
  await eventually('its monitor has told', () => /"remove"/.test(readFileSync(file, 'utf8')));
  t.ok(statSync(file).size < 2 * half);
  configure(0);
  rmSync(older);
  writeFileSync(file, line(0).repeat(20_000));
  t.equal(sandbox.run(['volume', 'create', 'kept'], { env }).code, 0);
  t.notOk(existsSync(older), 'without end');
  sandbox.ok('volume', 'rm', 'kept');
});

t.test('backends', async (t) => {
  const before = events().length;
  sandbox.ok('--events-backend', 'none', ...run, 'n', '--rm', 'hello', 'true');
  t.equal(events().length, before);
  t.match(sandbox.run(['--events-backend', 'smoke', 'ps']), { code: 125, stderr: /"?smoke"?/ });
  if (!existsSync(journalSocket)) {
    const refused = sandbox.run(['--events-backend', 'journald', 'ps']);
    t.match(refused, { code: 125, stderr: /there is no journal/ });
  }
});

t.test('bad input', async (t) => {
  const refuse = (flags: string[], stderr: RegExp): void => {
    t.match(sandbox.run([...past, ...flags]), { code: 125, stderr }, flags.join(' '));
  };
  refuse(['--filter', 'colour=red'], /colour is an invalid filter/);
  refuse(['--filter', 'event'], /KEY=VALUE/);
  refuse(['--since', 'yesterday'], /invalid time "yesterday"/);
  refuse(['--format', '{{.Nope'], /--format/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
