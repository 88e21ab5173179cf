import { chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ways in which a file of the store comes to harm. */
export const damages = [
  'missing',
  'empty',
  'truncated',
  'zeroed',
  'flipped',
  'other',
  'directory',
] as const;
export type Damage = (typeof damages)[number];

/** `bytes` with one bit changed; `random` is in [0, 1). */
function flipped(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes);
  const at = Math.floor(random() * bytes.length);
  changed[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return changed;
}

/** Does harm to a file; gives what undoes it. All that it makes belongs to the file's owner. */
export function damage(path: string, how: Damage, random: () => number): () => void {
  const { mode, uid, gid } = statSync(path);
  const bytes = readFileSync(path);
  const write = (content: Buffer | string) => {
    writeFileSync(path, content, { mode });
    chownSync(path, uid, gid);
  };
  const content = {
    empty: '',
    truncated: bytes.subarray(0, Math.floor(bytes.length / 2)),
    zeroed: Buffer.alloc(bytes.length),
    flipped: flipped(bytes, random),
    other: '{"version":1,"id":[],"manifests":7}',
    missing: null,
    directory: null,
  }[how];
  rmSync(path);
  if (content !== null) write(content);
  if (how === 'directory') {
    for (const made of [path, join(path, 'in')]) {
      mkdirSync(made);
      chownSync(made, uid, gid);
    }
  }
  return () => {
    rmSync(path, { recursive: true, force: true });
    write(bytes);
  };
}
