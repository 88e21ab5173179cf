import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { journalSocket } from '../../src/event/event-file.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { FakeJournal } from '../support/fake-journal.ts';

const sandbox = new Sandbox();
const mayMount = process.getuid?.() === 0;

t.test('entries as the journal gets them', { skip: !mayMount && 'root mounts it' }, async (t) => {
  const journal = new FakeJournal();
  await journal.ready();
  const run = (...args: string[]) => {
    const [program = '', ...rest] = journal.argv(sandbox.argv(args));
    return spawnSync(program, rest, { encoding: 'utf8' });
  };
  const script = 'echo one; echo two >&2; printf "three\\377"';
  const tag = ['--log-opt', 'tag=t-{{.Name}}-{{.ID}}'];
  const flags = ['--network', 'none', '--log-driver', 'journald', ...tag, '--name', 'j'];
  const ran = run('--events-backend', 'journald', 'run', ...flags, 'hello', 'sh', '-c', script);
  t.match(ran, { status: 0, stderr: 'two\n' });
  await eventually('it is cleaned up', () =>
    journal.entries().some((entry) => entry['PODMAN_EVENT'] === 'cleanup'),
  );
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'j').trim();
  const lines = journal.entries().filter((entry) => entry['CONTAINER_ID_FULL'] === id);
  const common = {
    CONTAINER_NAME: 'j',
    CONTAINER_ID: id.slice(0, 12),
    CONTAINER_TAG: `t-j-${id.slice(0, 12)}`,
    SYSLOG_IDENTIFIER: `t-j-${id.slice(0, 12)}`,
  };
  t.match(
    lines.find(({ MESSAGE }) => MESSAGE === 'one'),
    { ...common, PRIORITY: '6' },
  );
  t.match(
    lines.find(({ MESSAGE }) => MESSAGE === 'two'),
    { ...common, PRIORITY: '3' },
  );
  t.match(
    lines.find(({ MESSAGE }) => MESSAGE === 'three\ufffd'),
    {
      ...common,
      CONTAINER_PARTIAL_MESSAGE: 'true',
    },
  );
  t.equal(lines.length, 3);
  const events = journal.entries().filter(({ PODMAN_EVENT }) => PODMAN_EVENT !== undefined);
  t.same(
    events.map(({ PODMAN_EVENT }) => PODMAN_EVENT),
    ['create', 'init', 'start', 'died', 'cleanup'],
  );
  t.match(events[3], { PODMAN_NAME: 'j', PODMAN_ID: id, PODMAN_EXIT_CODE: '0' });
  t.match(events[0], { SYSLOG_IDENTIFIER: 'bryo', PODMAN_TYPE: 'container' });
  t.notOk(existsSync(join(sandbox.runroot, 'events.log')));
  sandbox.ok('rm', 'j');
  journal.close();
});

t.test('files with process ids', async (t) => {
  const [pid, monitor] = ['pid', 'monitor'].map((name) => join(sandbox.makeDirectory(name), 'f'));
  const files = ['--pidfile', pid ?? '', '--conmon-pidfile', monitor ?? ''];
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'p', ...files, 'hello', 'sleep', '100');
  const state = sandbox.ok('inspect', '--format', '{{.State.Pid}} {{.State.ConmonPid}}', 'p');
  const read = (path = ''): string => readFileSync(path, 'utf8');
  t.equal(`${read(pid)} ${read(monitor)}\n`, state);
  t.equal(sandbox.ok('inspect', '--format', '{{.PidFile}}', 'p'), `${pid}\n`);
  sandbox.run(['rm', '-f', '-t', '0', 'p']);
});

t.test('bad input', async (t) => {
  const refuse = (flags: string[], stderr: RegExp): void => {
    t.match(sandbox.run(['create', ...flags, 'hello']), { code: 125, stderr }, flags.join(' '));
  };
  refuse(['--log-driver', 'syslog'], /"syslog"/);
  refuse(['--log-opt', 'tag=x'], /with journald, tag/);
  refuse(
    ['--health-cmd', 'x', '--health-on-failure', 'restart', '--log-driver', 'passthrough'],
    /restarts/,
  );
  if (existsSync(journalSocket)) return;
  refuse(['--log-driver', 'journald'], /there is no journal/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
