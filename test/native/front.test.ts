/** The front, sanitized, with scripts in place of the compiled program. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { version } from '../../src/base/version.ts';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { type Watched, watch } from '../support/watched.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-front-'));
t.teardown(() => rmSync(directory, { recursive: true }));
copyFileSync(join(projectDir, 'dist', 'asan', 'bryo'), join(directory, 'bryo'));

function front(script: string, words: string[], env: Record<string, string> = {}): Watched {
  writeFileSync(join(directory, 'bryo-js'), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  const child = spawn(join(directory, 'bryo'), words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return watch(child);
}

const shows = ({ shown }: Watched, text: string) =>
  eventually(`it shows ${text}`, () => shown().includes(text));
const say = (message: string): string => `printf '${message}\\0' >&"$BRYO_FRONT"`;

t.test('only what may attach has a front that stays', async (t) => {
  const script = `echo "$$ \${BRYO_FRONT:+front} $*"; exit 7`;
  const plain = front(script, ['ps', '-a']);
  t.equal(await plain.ended, 7);
  t.equal(plain.shown(), `${plain.child.pid}  ps -a\n`);
  const child = front(script, ['--root', '/x', 'run', 'y']);
  t.equal(await child.ended, 7);
  t.match(child.shown(), /^\d+ front --root \/x run y\n$/);
  t.notMatch(child.shown(), new RegExp(`^${child.child.pid} `));
});

t.test('it tells the version itself', async (t) => {
  for (const word of ['--version', '-v']) {
    const { shown, ended } = front('echo another', [word]);
    t.equal(await ended, 0);
    t.equal(shown(), `bryo version ${version}\n`);
  }
  const other = front('echo another', ['--version', '--help']);
  await other.ended;
  t.equal(other.shown(), 'another\n');
});

t.test('signals are the command’s', async (t) => {
  const loop = 'while :; do sleep 0.05; done';
  const handled = front(`trap 'echo got; exit 4' TERM; echo ready; ${loop}`, ['run']);
  await shows(handled, 'ready');
  handled.child.kill('SIGTERM');
  t.equal(await handled.ended, 4);
  t.match(handled.shown(), /got/);
  const killed = front(`echo ready; ${loop}`, ['run']);
  await shows(killed, 'ready');
  killed.child.kill('SIGINT');
  killed.child.kill('SIGTERM');
  t.match(await killed.ended, /^SIG(INT|TERM)$/);
});

t.test('it leaves nothing when it is killed', async (t) => {
  const { child, shown, ended } = front('echo "$$ ready"; exec sleep 60', ['run']);
  await shows({ child, shown, ended }, 'ready');
  const pid = Number.parseInt(shown(), 10);
  child.kill('SIGKILL');
  t.equal(await ended, 'SIGKILL');
  await eventually('its child is gone', () => {
    try {
      return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return true;
    }
  });
});

t.test('a signal while a payload is being started', async (t) => {
  const failing = `trap 'echo got' TERM; ${say('starting')}; echo ready; read -t 1 <> <(:); exit 125`;
  const one = front(failing, ['run']);
  await shows(one, 'ready');
  one.child.kill('SIGTERM');
  t.equal(await one.ended, 'SIGTERM', 'a start that fails ends by it');
  t.notMatch(one.shown(), /got/);
  const hanging = front(`trap '' TERM; ${say('starting')}; echo ready; exec sleep 60`, ['run']);
  await shows(hanging, 'ready');
  hanging.child.kill('SIGTERM');
  hanging.child.kill('SIGINT');
  t.match(await hanging.ended, /^SIG(INT|TERM)$/, 'whoever asks twice is obeyed');
  const stays = front(
    `${say('starting')}; echo ready; trap 'echo got; exit 3' TERM; sleep 0.5; ${say('command')}; sleep 9 & wait`,
    ['run'],
  );
  await shows(stays, 'ready');
  stays.child.kill('SIGTERM');
  t.equal(await stays.ended, 3, 'one that stays after all gets it');
});

t.test('as an attach client', async (t) => {
  const gone = front(say('attach\\0--socket-dir\\0/nowhere'), ['attach', 'x']);
  t.equal(await gone.ended, 125);
  const bad = front(`${say('attach\\0--nonsense')}; exit 9`, ['attach', 'x']);
  t.equal(await bad.ended, 9);
  const without = front(`${say('attach\\0--fd\\0' + '3')}; exit 9`, ['attach', 'x']);
  t.equal(await without.ended, 9, 'a connection that has not come');
});

t.test('what a service manager addresses to a process is for the program', async (t) => {
  const script = 'for v in LISTEN_PID WATCHDOG_PID; do printenv $v || echo unset; done';
  const other = front(script, ['run'], { LISTEN_PID: '1', WATCHDOG_PID: '1' });
  await other.ended;
  t.equal(other.shown(), '1\n1\n');
  writeFileSync(join(directory, 'as-main'), `export LISTEN_PID=$$ WATCHDOG_PID=$$; exec "$@"`);
  const main = spawn('/bin/sh', [join(directory, 'as-main'), join(directory, 'bryo'), 'run']);
  let shown = '';
  for await (const piece of main.stdout) shown += String(piece);
  t.equal(shown, 'unset\nunset\n');
});

t.test('a program that is not there', async (t) => {
  rmSync(join(directory, 'bryo-js'));
  for (const word of ['run', 'ps']) {
    const child = spawn(join(directory, 'bryo'), [word]);
    let text = '';
    for await (const piece of child.stderr) text += String(piece);
    t.match(text, /^Error: .*bryo-js: No such file or directory \(install bryo again/);
  }
});
