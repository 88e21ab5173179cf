import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const detached = ['run', '-d', '--network', 'none', 'hello', 'sleep', '1000'];

function start(): { id: string; file: (name: string) => string } {
  const id = sandbox.ok(...detached).trim();
  return { id, file: (name) => join(sandbox.root, 'containers', id, name) };
}

function look(id: string): Record<string, unknown> {
  return JSON.parse(sandbox.ok('inspect', '--format', '{{json .State}}', id));
}

/** Ways in which a record comes to harm. */
const damages: Record<string, (path: string) => void> = {
  'cut short': (path) => truncateSync(path, 20),
  empty: (path) => truncateSync(path, 0),
  zeroed: (path) => writeFileSync(path, Buffer.alloc(300)),
  gone: (path) => rmSync(path),
  'of another kind': (path) => writeFileSync(path, '{"pid":"1"}'),
  // A bit in the number of a process: nobody else's may be signalled.
  'about another process': (path) => {
    const state = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...state, pid: process.pid }));
  },
};

t.test('a running container whose record is damaged', async (t) => {
  const { id, file } = start();
  const before = look(id);
  for (const [name, harm] of Object.entries(damages)) {
    harm(file('state.json'));
    t.match(sandbox.ok('ps', '--format', '{{.State}} {{.Status}}'), /^running Up /, `${name}: ps`);
    harm(file('state.json'));
    t.same(look(id), before, `${name}: inspect`);
  }
  truncateSync(file('state.json'), 10);
  t.equal(sandbox.ok('exec', id, 'echo', 'inside'), 'inside\n');
  truncateSync(file('state.json'), 10);
  const repair = ['system', 'check', '--quick', '--repair'];
  t.match(sandbox.ok(...repair), /was started is damaged \(written again by its monitor\)/);
  t.equal(sandbox.ok('system', 'check', '--quick'), '');
  truncateSync(file('state.json'), 10);
  t.equal(sandbox.ok('stop', '-t', '0', id), `${id}\n`);
  t.match(look(id), { Status: 'exited', ExitCode: 137, Pid: 0 });
  truncateSync(file('state.json'), 10);
  t.match(look(id), { Status: 'exited', ExitCode: 137 }, 'how it ended is known still');
  t.match(sandbox.ok(...repair), /damaged \(written again\)/);
  t.match(look(id), { Status: 'exited', ExitCode: 137 });
  truncateSync(file('exit.json'), 5);
  t.match(look(id), { Status: 'exited', ExitKnown: false }, 'nobody claims to know');
  const told = sandbox.ok(...repair);
  t.match(told, /it ended is damaged \(removed: how it ended is unknown\)/);
  t.equal(sandbox.ok('system', 'check', '--quick'), '');
  sandbox.ok('start', id);
  truncateSync(file('state.json'), 10);
  t.equal(sandbox.ok('rm', '-f', '-t', '0', id), `${id}\n`);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
