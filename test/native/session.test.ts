import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { processStartTicks } from '../../src/native/processes.ts';
import { projectDir } from '../support/product.ts';

// The sanitizers end the programs at the first wrong step in memory.
const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');
const directory = mkdtempSync('/var/tmp/bryo-session-');
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
for (const name of ['lower', 'upper', 'work', 'root', 'server', 'target']) {
  mkdirSync(join(directory, name));
}

// pivot_root(8) is not where ordinary users look for programs.
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };

const ids = (id: number) => `0:${id}:1`;
const maps = [
  ...['--uids', ids(process.geteuid?.() ?? 0)],
  ...['--gids', ids(process.getegid?.() ?? 0), '--direct'],
];

/** A process with an overlay as its root, as that of a container, or with what the script makes. */
async function start(script: string): Promise<{ child: ChildProcess; words: string[] }> {
  const child = spawn(
    launcher,
    ['userns', ...maps, '--', 'sh', '-ec', `${script}; echo $$; read end`],
    {
      cwd: directory,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [pid] = await once(child.stdout, 'data');
  const words = ['--pid', `${Number(pid)}`, '--start', `${processStartTicks(Number(pid))}`];
  return { child, words };
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, 'close');
}

/** Runs a script in a session, in which $HOLD mounts the root of a process. */
function session(script: string) {
  const target = ['--target', join(directory, 'target'), '--session', '$$', '--type', 'running'];
  const hold = [launcher, 'hold-mount', '--lock', join(directory, 'lock'), ...target].join(' ');
  const words = ['--session', '--server', join(directory, 'server'), '--', 'sh', '-c'];
  const program = `HOLD="${hold} --server $BRYO_UNSHARE_SERVER"; cd ${directory}; ${script}`;
  const argv = ['userns', ...maps, ...words, program];
  const { status, stdout, stderr } = spawnSync(launcher, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const overlay = `mount -t overlay -o userxattr,lowerdir=lower,upperdir=upper,workdir=work none root
  cd root; mkdir -p old; touch seen; pivot_root . old`;

t.test('the root of a process is shown until that ends', async (t) => {
  const { child, words } = await start(overlay);
  const shown = session(`
    $HOLD ${words.join(' ')} -- && ls target && touch target/new; umount target
    $HOLD ${words.join(' ')} -- && kill -KILL ${words[1]}
    while test -e target/new; do sleep 0.02; done; exit 5`);
  t.same(shown, { status: 5, stdout: 'old\nseen\n', stderr: '' });
  await once(child, 'close');
  t.match(session(`$HOLD ${words.join(' ')} --`), { status: 1, stderr: /has just ended/ });
});

t.test('what is no container, or has another root', async (t) => {
  const plain = await start('true');
  const own = ['--pid', String(process.pid), '--start', String(processStartTicks(process.pid))];
  for (const [words, why] of [
    [plain.words, /made its root unbindable/],
    [own, /in no container/],
    [[...own.slice(0, 3), '1'], /has just ended/],
  ] as const) {
    const refused = session(`$HOLD ${words.join(' ')} --; ls target`);
    t.match(refused, { stdout: '', stderr: why });
  }
  await end(plain.child);
});

t.test('without a server', async (t) => {
  const { child, words } = await start(overlay);
  const { stderr } = session(`umount -l server; $HOLD ${words.join(' ')} --`);
  t.equal(stderr, "the session's socket: No such file or directory\n");
  rmSync(join(directory, 'server'), { recursive: true });
  const result = session('echo "<$BRYO_UNSHARE_SERVER>"; exit 4');
  t.same(result, { status: 4, stdout: '<>\n', stderr: '' }, 'a session can do without');
  await end(child);
});
