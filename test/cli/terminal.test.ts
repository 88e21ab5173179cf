/** The caller's terminal is as it was before, however a session ends. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser, testUser } from '../support/user.ts';

requirePrograms('script', 'stty');
const sandbox = new Sandbox();
const user = testUser();
let sessions = 0;

interface Session {
  child: ChildProcess;
  /** What the terminal has shown so far. */
  shown(): string;
  /** Gives the terminal another size. */
  resize(rows: number, columns: number): void;
  /** Status of the command, and whether the terminal's settings are as before. */
  ended: Promise<{ status: string; restored: boolean }>;
}

/** Runs bryo on a terminal of its own. */
function onTerminal(...args: string[]): Session {
  sessions += 1;
  const base = join(sandbox.directory, `session-${sessions}`);
  // script(1) runs as the test user already.
  const whole = sandbox.argv(args);
  const own = whole.slice(whole.indexOf('env'));
  const words = own.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const lines = ['stty rows 30 columns 100', `tty >${base}.tty`, `stty -g >${base}.before`, words];
  lines.push(`echo $? >${base}.status`, `stty -g >${base}.after`, '');
  writeFileSync(base, lines.join('\n'));
  chownSync(base, user.uid, user.gid);
  const [program = '', ...rest] = asTestUser(['script', '-qec', `sh ${base}`, '/dev/null']);
  const child = spawn(program, rest, {
    cwd: sandbox.directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const read = (name: string): string => readFileSync(`${base}.${name}`, 'utf8').trim();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => ({
    status: existsSync(`${base}.status`) ? read('status') : '',
    restored: existsSync(`${base}.after`) && read('before') === read('after'),
  }));
  const resize = (rows: number, columns: number): void => {
    const size = ['rows', String(rows), 'columns', String(columns)];
    const [stty = '', ...words] = asTestUser(['stty', '-F', read('tty'), ...size]);
    execFileSync(stty, words);
  };
  return { child, shown: () => text, resize, ended };
}

const shell = ['hello', 'sh', '-c', 'stty size; echo ready; cat; exit 4'];

function start(name: string, ...flags: string[]): Session {
  return onTerminal('run', '-it', '--network', 'none', '--name', name, ...flags, ...shell);
}

async function ready({ shown }: Session): Promise<void> {
  await eventually('it is ready', () => shown().includes('ready'));
}

t.test('the command ends by itself', async (t) => {
  const session = start('a');
  await ready(session);
  t.match(session.shown(), /30 100/, 'the size of the terminal is handed on');
  session.child.stdin?.write('\u0004');
  t.same(await session.ended, { status: '4', restored: true });
});

t.test('the container is killed', async (t) => {
  const session = start('b');
  await ready(session);
  sandbox.ok('kill', '-s', 'KILL', 'b');
  t.same(await session.ended, { status: '137', restored: true });
});

t.test('detaching, attaching again from two terminals, and removal', async (t) => {
  const session = start('c', '--detach-keys', 'ctrl-a,d');
  await ready(session);
  session.child.stdin?.write('\u0001d');
  t.same(await session.ended, { status: '0', restored: true });
  t.equal(sandbox.ok('inspect', '-f', '{{.State.Running}}', 'c'), 'true\n');
  const both = [onTerminal('attach', 'c'), onTerminal('attach', '-l', '--no-stdin')];
  const first = both[0] as Session;
  // What is typed is shown to everybody; it is typed again until both are there.
  for (const other of both) {
    await eventually('it hears what is typed', () => {
      first.child.stdin?.write('hello\r');
      return other.shown().includes('hello');
    });
  }
  sandbox.run(['rm', '-f', '-t', '0', 'c']);
  for (const { ended } of both) t.same(await ended, { status: '137', restored: true });
});

t.test('a new size of the terminal is handed on', async (t) => {
  const loop = ['sh', '-c', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done'];
  const named = ['--network', 'none', '--name'];
  const shows = (session: Session, text: string) =>
    eventually(`it shows ${text}`, () => session.shown().includes(text));
  const run = onTerminal('run', '-it', ...named, 'e', 'hello', ...loop);
  await ready(run);
  run.resize(41, 121);
  await shows(run, '41 121');
  const exec = onTerminal('exec', '-it', 'e', ...loop);
  await ready(exec);
  exec.resize(42, 122);
  await shows(exec, '42 122');
  const attach = onTerminal('attach', 'e');
  await shows(attach, '30 100');
  attach.resize(43, 123);
  await shows(attach, '43 123');
  t.notMatch(run.shown(), /42 122/, 'a session has a terminal of its own');
  sandbox.ok('kill', '-s', 'KILL', 'e');
  for (const { ended } of [run, exec, attach]) {
    t.same(await ended, { status: '137', restored: true });
  }
  const start = onTerminal('start', '-ai', 'e');
  await ready(start);
  start.resize(44, 124);
  await shows(start, '44 124');
  sandbox.ok('kill', '-s', 'KILL', 'e');
  t.same(await start.ended, { status: '137', restored: true });
});

t.test('exec, and a start that fails', async (t) => {
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'd', 'hello', 'sleep', '1000');
  const session = onTerminal('exec', '-it', 'd', 'sh', '-c', 'echo ready; read x; exit 6');
  await ready(session);
  session.child.stdin?.write('\r');
  t.same(await session.ended, { status: '6', restored: true });
  const failed = onTerminal('run', '--rm', '-it', '--network', 'none', 'hello', '/nosuch');
  t.same(await failed.ended, { status: '127', restored: true });
  const killed = onTerminal('exec', '-it', 'd', 'sh', '-c', 'echo ready; cat');
  await ready(killed);
  sandbox.run(['kill', '-s', 'KILL', 'd']);
  t.same(await killed.ended, { status: '137', restored: true });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
