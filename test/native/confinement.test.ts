/** What each subcommand of the worker may still do while it works: tried in its own process. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';
import { probeOfLimits } from './probe-of-limits.ts';
import { tar } from './tar.ts';

requirePrograms('gcc');

const directory = mkdtempSync(join(tmpdir(), 'bryo-confined-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const program = (name: string) => join(projectDir, 'dist', name);
const library = join(directory, 'probe.so');
const output = join(directory, 'probe.out');
const victim = join(directory, 'victim');
mkdirSync(victim);
writeFileSync(join(victim, 'canary'), 'canary\n', { mode: 0o640 });
writeFileSync(`${library}.c`, probeOfLimits);
execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, `${library}.c`]);

let count = 0;

/** A directory with files of an image. */
function tree(): string {
  count += 1;
  const path = join(directory, `tree-${count}`);
  mkdirSync(join(path, 'etc'), { recursive: true });
  writeFileSync(join(path, 'etc', 'passwd'), `u${count}:x:${count}:${count}::/:/bin/sh\n`);
  return path;
}

interface Case {
  /** Reads and writes only what is open already. */
  stream?: true;
  words: () => string[];
  input?: Buffer;
  /** Of descriptor 3. */
  root?: string;
}

const archive = tar({ path: 'f', content: 'hi' }, { path: 'p', type: '6' });
const plain = Buffer.from('plain');

const cases: Record<string, Case> = {
  unpack: { words: () => ['--dest', tree(), '--owner', 'self'], input: archive },
  remove: { words: () => [tree(), `${tree()}/etc/passwd`] },
  own: { words: () => ['0', '0', tree()] },
  merge: { words: () => ['--dest', tree(), tree(), tree()] },
  usage: { words: () => [tree(), tree()] },
  plain: { stream: true, words: () => [], input: plain },
  recode: { stream: true, words: () => ['gzip'], input: plain },
  assemble: { words: () => [tree()] },
  pack: { words: () => ['--owner', 'self', tree()] },
  changes: { words: () => [tree(), tree()] },
  delta: { words: () => [emptied(), tree(), tree()] },
  'own-layer': { words: () => [emptied(), tree(), tree()] },
  identity: { words: () => ['u1', join(directory, 'tree-1')] },
  'largest-id': { words: () => [tree(), tree()] },
  send: { words: () => ['.', ''], root: tree() },
  receive: { words: () => ['.', 'ao', 'self'], root: tree(), input: archive },
  list: { words: () => ['-1'], root: tree(), input: Buffer.from('\0.\0') },
  'send-items': { words: () => [], root: tree(), input: Buffer.from('etc\0etc\0\0\0') },
  'empty-places': { words: () => [tree(), '1', emptied(), 'etc/passwd'] },
};

function emptied(): string {
  const path = tree();
  rmSync(join(path, 'etc'), { recursive: true });
  return path;
}

/** Runs a subcommand with the library loaded; what that has met, by name. */
function probe(name: string, how: { mapped: boolean; abi?: string }) {
  const { words, input = Buffer.alloc(0), root = '/' } = cases[name] ?? { words: () => [] };
  const { uid, gid } = testUser();
  const ids = ['--uids', `0:${uid}:1`, '--gids', `0:${gid}:1`, '--direct', '--'];
  const worker = [program('bryo-worker'), name, ...words()];
  const argv = how.mapped ? [program('bryo-launcher'), 'userns', ...ids, ...worker] : worker;
  const [command = '', ...rest] = argv;
  writeFileSync(output, '');
  const asRoot = process.getuid?.() === 0;
  if (asRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, directory]);
  const who = asRoot ? { uid, gid } : {};
  const probing = { LD_PRELOAD: library, PROBE_OUT: output, PROBE_VICTIM: victim };
  const env = { ...process.env, ...probing, ...(how.abi && { PROBE_ABI: how.abi }) };
  const fd = openSync(root, 'r');
  const stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe', fd];
  const result = spawnSync(command, rest, { ...who, input, env, stdio });
  closeSync(fd);
  const lines = readFileSync(output, 'utf8').split('\n');
  const pairs = lines
    .map((line) => line.split(/:\s*/))
    .map(([key = '', value = '']) => [key, value]);
  const met = Object.fromEntries(pairs) as Record<string, string>;
  return { met, status: result.status, signal: result.signal, stderr: String(result.stderr) };
}

const { EACCES, ENOSYS, EPERM, EXDEV } = constants.errno;
const refused = String(ENOSYS);

function checkLimits(t: Test, name: string, met: Record<string, string>): void {
  t.match(met, { Seccomp: '2', NoNewPrivs: '1' });
  for (const call of ['chmod', 'lsetxattr', 'socket', 'execve', 'unshare', 'mount', 'chroot']) {
    t.equal(met[call], refused, call);
  }
  for (const call of ['ptrace', 'kill', 'io_uring', 'bpf']) t.equal(met[call], refused, call);
  t.ok(met['chown'] === refused || met['chown'] === String(EPERM), 'chown by name');
  t.equal(met['fork'], String(EPERM));
  t.equal(met['executable memory'], String(EPERM));
  const denied = cases[name]?.stream ? ENOSYS : EACCES;
  t.equal(met['read'], String(denied), 'reads nothing else');
  t.equal(met['write'], String(denied), 'writes nothing else');
}

t.test('there are no other subcommands', async (t) => {
  const source = readFileSync(join(projectDir, 'addon', 'worker', 'main.cc'), 'utf8');
  const names = [...source.matchAll(/\{"([a-z-]+)", bryo::/g)].map(([, name]) => name);
  t.same(names.sort(), Object.keys(cases).sort());
});

t.test('as root of a user namespace', async (t) => {
  for (const name of Object.keys(cases)) {
    await t.test(name, async (t) => {
      const { met, status, stderr } = probe(name, { mapped: true });
      t.equal(status, 0, stderr);
      checkLimits(t, name, met);
      // Neither to mount, nor to trace, nor to change the root again.
      const capabilities = BigInt(`0x${met['CapEff'] ?? 'f'.repeat(16)}`);
      const allowed = cases[name]?.stream ? 0n : 0x8000_001fn | (1n << 27n);
      t.equal(capabilities & ~allowed, 0n, met['CapEff'] ?? '');
      const rooted = cases[name]?.stream || name === 'own' ? 0 : EXDEV;
      t.equal(met['same root'], String(rooted), 'its names begin at its own directory');
    });
  }
});

t.test('as the caller', async (t) => {
  for (const name of ['plain', 'recode', 'send', 'send-items', 'list', 'receive']) {
    const { met, status, stderr } = probe(name, { mapped: false });
    t.equal(status, 0, stderr);
    checkLimits(t, name, met);
    if (name === 'receive') t.match(met, { CapEff: /^0+$/, 'same root': String(EXDEV) });
  }
});

t.test('through the system calls of another ABI', async (t) => {
  const abis = process.arch === 'x64' ? ['i386', 'x32'] : [];
  for (const abi of abis) {
    const { met, signal } = probe('plain', { mapped: false, abi });
    t.equal(signal, 'SIGSYS', abi);
    t.notHas(met, { alive: '0' });
  }
});

t.test('what was near is as it was', async (t) => {
  t.equal(readFileSync(join(victim, 'canary'), 'utf8'), 'canary\n');
  t.notOk(existsSync(join(victim, 'new')));
});
