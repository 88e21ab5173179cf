import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { projectDir } from '../support/product.ts';

/** What all runs of a test file share; it goes with them. */
export const directory = mkdtempSync(join(tmpdir(), 'bryo-worker-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
// The sanitizers end the program at the first wrong step in memory.
export const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');
export const worker = join(projectDir, 'dist', 'asan', 'bryo-worker');
let count = 0;

/** Runs the worker as root of a user namespace in which only the caller is mapped. */
export function run(args: string[], input: Buffer = Buffer.alloc(0)) {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const namespace = ['userns', '--uids', `0:${uid}:1`, '--gids', `0:${gid}:1`, '--direct', '--'];
  return spawnSync(launcher, [...namespace, worker, ...args], { input, encoding: 'utf8' });
}

/** Unpacks an archive into a directory of its own. */
export function unpack(bytes: Buffer, ...flags: string[]) {
  count += 1;
  const dest = join(directory, `layer-${count}`);
  mkdirSync(dest);
  const result = run(['unpack', '--dest', dest, '--owner', 'self', ...flags], bytes);
  return { dest, code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** A directory outside that hostile archives aim at. */
export const victim = join(directory, 'victim');
mkdirSync(victim);
writeFileSync(join(victim, 'file'), 'untouched', { mode: 0o640 });

/** Whether nothing has changed in it. */
export function victimIsWhole(): boolean {
  const { mode, nlink } = statSync(join(victim, 'file'));
  const names = readdirSync(victim);
  return (
    names.length === 1 &&
    (mode & 0o777) === 0o640 &&
    nlink === 1 &&
    readFileSync(join(victim, 'file'), 'utf8') === 'untouched'
  );
}
