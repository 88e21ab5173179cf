import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { libexecPath } from '../../src/native/locate.ts';

const root = mkdtempSync(join(tmpdir(), 'bryo-items-'));
t.teardown(() => rmSync(root, { recursive: true }));

/** Sizes about those at which what is gathered is written, and about those that are not gathered. */
const sizes = [0, 1, 511, 512, 513, 32767, 32768, 32769, 261632, 262143, 262144, 262145, 700_000];

function worker(words: readonly string[], names: readonly string[]): Buffer {
  const fd = openSync(root, 'r');
  const input = names.map((name) => `${name}\0${name}\0\0-\0`).join('');
  const { status, stdout, stderr } = spawnSync(
    libexecPath('bryo-worker'),
    ['send-items', ...words],
    { input, stdio: ['pipe', 'pipe', 'pipe', fd], maxBuffer: 1 << 26 },
  );
  closeSync(fd);
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

t.test('items of all sizes arrive whole, small ones between large ones', async (t) => {
  mkdirSync(join(root, 'in'));
  const names: string[] = [];
  for (const [index, size] of [
    ...sizes,
    ...sizes.toReversed(),
    ...Array(600).fill(700),
  ].entries()) {
    const name = `in/${index}`;
    writeFileSync(join(root, name), Buffer.alloc(size, `${index} of ${size};`), { mode: 0o644 });
    names.push(name);
  }
  const archive = worker([], names);
  const listed = spawnSync('tar', ['-xO'], { input: archive, maxBuffer: 1 << 26 });
  t.equal(listed.status, 0, listed.stderr.toString());
  const expected = spawnSync('cat', names, { cwd: root, maxBuffer: 1 << 26 }).stdout;
  t.ok(listed.stdout.equals(expected));
  const list = spawnSync('tar', ['-t'], { input: archive }).stdout.toString().trim().split('\n');
  t.same(list, names);
});

t.test('the digest is that of the archive without times', async (t) => {
  writeFileSync(join(root, 'old'), 'x'.repeat(40_000), { mode: 0o644 });
  spawnSync('touch', ['-d', '@0', join(root, 'old')]);
  const digest = createHash('sha256')
    .update(worker([], ['old']))
    .digest('hex');
  t.equal(worker(['--digest'], ['old']).toString().trim(), `sha256:${digest}`);
  writeFileSync(join(root, 'old'), 'x'.repeat(40_000));
  t.equal(worker(['--digest'], ['old']).toString().trim(), `sha256:${digest}`, 'at another time');
});
