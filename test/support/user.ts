import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';

/** The ordinary user that the product is tested as. */
export interface TestUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
  runtimeDir: string;
}

/** Checkouts that are tested at the same time take a user each. */
const name = process.env['BRYO_TEST_USER'] ?? 'bryo-test';

function passwdEntry(user: string): TestUser | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${user}:`));
  const [, , uid, gid, , home] = (line ?? '').split(':');
  if (uid === undefined || gid === undefined || home === undefined) return null;
  return { name: user, uid: Number(uid), gid: Number(gid), home, runtimeDir: `/run/user/${uid}` };
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function grantRange(user: string, kind: 'uids' | 'gids'): void {
  const file = kind === 'uids' ? '/etc/subuid' : '/etc/subgid';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.split('\n').some((line) => line.startsWith(`${user}:`))) return;
  const ends = text
    .split('\n')
    .map((line) => line.split(':'))
    .map(([, start, count]) => Number(start) + Number(count))
    .filter((end) => end > 0);
  const first = Math.max(300_000, ...ends);
  run('usermod', `--add-sub${kind}`, `${first}-${first + 65_535}`, user);
}

function prepareMachine(user: TestUser): void {
  mkdirSync(user.runtimeDir, { recursive: true, mode: 0o700 });
  chownSync(user.runtimeDir, user.uid, user.gid);
  chmodSync(user.runtimeDir, 0o700);
  // As they are on every ordinary distribution.
  for (const device of ['/dev/fuse', '/dev/net/tun']) {
    if (existsSync(device)) chmodSync(device, 0o666);
  }
}

let prepared: TestUser | undefined;

/**
 * The user to test as: the caller when that is an ordinary user, else one that is made, with
 * subordinate ids and a runtime directory.
 */
export function testUser(): TestUser {
  if (prepared !== undefined) return prepared;
  if (process.getuid?.() !== 0) {
    const own = passwdEntry(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
    if (own === null) throw new Error('the tests need a user with an entry in /etc/passwd');
    prepared = { ...own, runtimeDir: process.env['XDG_RUNTIME_DIR'] ?? own.runtimeDir };
    return prepared;
  }
  if (passwdEntry(name) === null) run('useradd', '--create-home', '--shell', '/bin/sh', name);
  const made = passwdEntry(name);
  if (made === null) throw new Error(`cannot make the user ${name}`);
  grantRange(name, 'uids');
  grantRange(name, 'gids');
  prepareMachine(made);
  prepared = made;
  return made;
}

function cleanEnvironment(user: TestUser): Record<string, string> {
  return {
    HOME: user.home,
    USER: user.name,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    XDG_RUNTIME_DIR: user.runtimeDir,
    TERM: 'xterm',
  };
}

/** Options for node:child_process that make a child the test user's, with no program in between. */
export function testUserSpawnOptions(): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const user = testUser();
  const env = cleanEnvironment(user);
  return process.getuid?.() === 0 ? { uid: user.uid, gid: user.gid, env } : { env };
}

/** argv that runs a program as the test user with a clean environment. */
export function asTestUser(argv: readonly string[], env: Record<string, string> = {}): string[] {
  const user = testUser();
  const environment = { ...cleanEnvironment(user), ...env };
  const words = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  const clean = ['env', '-i', ...words, ...argv];
  if (process.getuid?.() !== 0) return clean;
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return ['setpriv', ...ids, ...clean];
}

/** Runs a program as the test user; its output as text. Throws when it fails. */
export function runAsTestUser(...argv: string[]): string {
  const [program = '', ...args] = asTestUser(argv);
  const result = spawnSync(program, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result.stdout;
}
