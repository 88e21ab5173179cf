/**
 * B4: tokio-tar 2025-62518; tar-rs 2026-33055; node-tar. Two readers that disagree about where an
 * entry ends are how files are smuggled past one of them: what the unpacker makes is what GNU tar
 * lists and extracts, or nothing.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectDir } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';
import { randomArchive } from './random-archives.ts';
import { Attack } from './support.ts';

/** 10,000 in a run for its own sake; the suite takes the first few of the same archives. */
const rounds = Number(process.env['BRYO_TAR_ROUNDS'] ?? 60);

/** The names that GNU tar makes of an archive, warnings or none; null when it refuses it. */
function listedByTar(bytes: Buffer): string[] | null {
  const { status, stdout } = spawnSync('tar', ['-tf', '-'], { input: bytes, encoding: 'utf8' });
  if (status !== 0) return null;
  const names = stdout.split('\n').filter(Boolean);
  return [...new Set(names.map((name) => name.replace(/\/$/, '')))].sort();
}

/** What is in a directory: the content of files, of which GNU tar may leave a hole at the end out. */
function made(directory: string): Map<string, string> {
  return new Map(
    readdirSync(directory)
      .sort()
      .map((name) => {
        const path = join(directory, name);
        const text = lstatSync(path).isFile() ? readFileSync(path, 'latin1') : '';
        return [name, text.replace(/\0+$/, '')];
      }),
  );
}

/** What GNU tar makes of an archive; null when it refuses it. */
function madeByTar(bytes: Buffer, directory: string): Map<string, string> | null {
  mkdirSync(directory);
  const { status } = spawnSync('tar', ['-xf', '-', '-C', directory], { input: bytes });
  const files = made(directory);
  rmSync(directory, { recursive: true, force: true });
  return status === 0 ? files : null;
}

t.test('what is made is what GNU tar lists and extracts', async (t) => {
  const attack = new Attack();
  const [program = '', ...rest] = asTestUser(['sh', '-c', 'exec "$0" "$@"']);
  const worker = join(projectDir, 'dist', 'bryo-worker');
  const outcomes = { same: 0, compared: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const { bytes, ambiguous } = randomArchive();
    const dest = attack.sandbox.makeDirectory(`d${round}`);
    const unpack = [worker, 'unpack', '--dest', dest, '--owner', 'self', '--max-bytes', '16777216'];
    const { status } = spawnSync(program, [...rest, ...unpack], { input: bytes });
    if (status === 0) {
      outcomes.same += 1;
      const ours = made(dest);
      const listed = ambiguous ? null : listedByTar(bytes);
      if (listed !== null) t.same([...ours.keys()], listed, `round ${round}`);
      const theirs = madeByTar(bytes, join(attack.sandbox.directory, 'tar'));
      if (theirs !== null) t.same(ours, theirs, `round ${round}: the same files`);
      const known = listed?.includes('smuggled') || theirs?.has('smuggled');
      t.ok(!ours.has('smuggled') || known, `round ${round}: nothing else`);
      outcomes.compared += listed === null && theirs === null ? 0 : 1;
    } else {
      outcomes.refused += 1;
      t.equal(status, 1, `round ${round}: refused, not crashed`);
    }
    rmSync(dest, { recursive: true, force: true });
  }
  t.comment(JSON.stringify(outcomes));
  t.ok(outcomes.compared > 0 && outcomes.refused > 0, 'both happen');
  mkdirSync(join(attack.sandbox.directory, 'end'));
  t.same(attack.close(), []);
});
