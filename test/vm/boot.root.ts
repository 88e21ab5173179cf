import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import {
  becomes,
  bryo,
  home,
  inspect,
  property,
  run,
  systemctl,
  unitFiles,
  write,
} from './services/support.ts';

// As root: starts and stops the service manager of the user, whose product is installed already.
const manager = 'user@1000.service';
const generators = '/usr/local/lib/systemd/user-generators';
const out = join(home, 'last-words');

/** Runs a program of root's; a machine that has become stuck is a failure, not a wait. */
function asRoot(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? status}: ${stderr}`);
}

async function stopManager(): Promise<void> {
  asRoot('loginctl', 'terminate-user', 'tester');
  await eventually(
    'the manager has ended',
    () => asRoot('systemctl', 'show', '-P', 'ActiveState', manager).trim() === 'inactive',
  );
}

/** As at boot: logind starts it for a user who lingers. */
async function startManager(): Promise<void> {
  asRoot('loginctl', 'enable-linger', 'tester');
  asRoot('systemctl', 'start', manager);
  await eventually('the manager answers', () =>
    /running|degraded/.test(systemctl('is-system-running').stdout),
  );
}

/** A command that says so when it is told to end. */
function lastWords(name: string): string[] {
  return ['sh', '-c', `trap 'echo ${name} >>/out/seen; exit 0' TERM; sleep 1000 & wait`];
}

function unitOf(name: string, ...more: string[]): string[] {
  const [shell = '', flag = '', script = ''] = lastWords(name);
  const exec = `Exec=${shell} ${flag} "${script}"`;
  return [
    ...more,
    '[Container]',
    'Image=hello',
    `Volume=${out}:/out`,
    exec,
    '[Install]',
    'WantedBy=default.target',
  ];
}

t.test("a generator of podman's that is not masked is named", async (t) => {
  const directory = '/run/systemd/user-generators';
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'podman-user-generator'), '#!/bin/sh\n', { mode: 0o755 });
  const warning = /^Warning: unit files are left to podman's generator; .* ln -s \/dev\/null /;
  t.match(bryo('quadlet', 'install'), { code: 0, stderr: warning });
  rmSync(join(directory, 'podman-user-generator'));
  t.match(bryo('quadlet', 'install'), { code: 0, stderr: '' });
});

t.test('what is there before the boot', async (t) => {
  mkdirSync(generators, { recursive: true });
  symlinkSync(join(home, '.local/libexec/bryo/bryo'), join(generators, 'bryo-user-generator'));
  run('mkdir', '-p', out, unitFiles);
  write(unitFiles, 'base.container', unitOf('base'));
  write(
    unitFiles,
    'top.container',
    unitOf('top', '[Unit]', 'Requires=base.container', 'After=base.container'),
  );
  write(unitFiles, 'bad.container', ['[Container]', 'Image=hello', 'Colour=green']);
  write(unitFiles, 'bad.kube', ['[Kube]', 'Network=host']);
  const flags = ['--volume', `${out}:/out`];
  const always = ['--name', 'always', '--restart', 'always'];
  t.match(bryo('create', ...always, ...flags, 'hello', ...lastWords('always')), { code: 0 });
  const stopped = ['--name', 'stopped', '--restart', 'unless-stopped', '--stop-timeout', '0'];
  t.match(bryo('run', '-d', ...stopped, 'hello', 'sleep', '1000'), { code: 0, stderr: '' });
  t.match(bryo('stop', 'stopped'), { code: 0 });
  t.match(bryo('create', '--name', 'never', 'hello', 'sleep', '1000'), { code: 0 });
  await stopManager();
});

t.test('a boot starts services and containers with a restart policy', async (t) => {
  await startManager();
  await becomes('top.service', 'ActiveState', 'active');
  t.equal(property('base.service', 'ActiveState'), 'active');
  t.match(property('base.service', 'FragmentPath'), /^\/run\/user\/1000\/systemd\/generator\//);
  await becomes('bryo-restart.service', 'ActiveState', 'active');
  const states = ['always', 'stopped', 'never'].map((name) => inspect(name, '.State.Status'));
  t.same(states, ['running', 'exited', 'created']);
});

t.test('what the generator cannot make is in the journal, with file, line and key', async (t) => {
  const journal = asRoot('journalctl', '--no-pager', '--boot', '--output', 'cat');
  t.match(journal, /bad\.container:3: unknown key Colour= in \[Container\]/);
  t.match(journal, /bad\.kube: Yaml= is needed/);
  t.equal(property('bad.service', 'LoadState'), 'not-found');
});

t.test('the end of the last session ends everything in its order', async (t) => {
  const plain = ['--name', 'plain', '--volume', `${out}:/out`];
  t.match(bryo('run', '-d', ...plain, 'hello', ...lastWords('plain')), { code: 0, stderr: '' });
  // It does not listen: systemd waits for as long as it has to stop, and not for its own 90 seconds.
  const deaf = ['--name', 'deaf', '--stop-timeout', '3', '--network', 'none'];
  t.match(bryo('run', '-d', ...deaf, 'hello', 'sleep', '1000'), { code: 0, stderr: '' });
  const scope = `bryo-${inspect('deaf', '.Id')}.scope`;
  t.equal(property(scope, 'TimeoutStopUSec'), '3s');
  await stopManager();
  const words = readFileSync(join(out, 'seen'), 'utf8').trim().split('\n');
  // systemd signals everything in a scope, and the monitor there passes on what it gets: some hear it twice.
  t.same([...new Set(words)].sort(), ['always', 'base', 'plain', 'top']);
  t.ok(words.indexOf('top') < words.indexOf('base'), words.join(' '));
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-u', 'tester'], { encoding: 'utf8' });
  t.notMatch(stdout, /bryo|slirp4netns|sleep 1000/);
  t.notOk(existsSync('/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service'));
});

t.test('what was killed by that is known as ended; nothing is left behind', async (t) => {
  await startManager();
  await becomes('bryo-restart.service', 'ActiveState', 'active');
  t.equal(inspect('deaf', '.State.Status'), 'exited');
  t.equal(inspect('always', '.State.Status'), 'running');
  systemctl('stop', 'base.service', 'top.service');
  for (const file of ['base.container', 'top.container', 'bad.container', 'bad.kube']) {
    rmSync(join(unitFiles, file));
  }
  rmSync(join(generators, 'bryo-user-generator'));
  t.match(systemctl('daemon-reload'), { code: 0 });
  t.match(bryo('rm', '--force', '--all', '--time', '0'), { code: 0 });
  run('rm', '-rf', out);
});
