import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pack } from 'tar-stream';
import { addon } from '../../native/addon.ts';
import type { Engine } from '../engine.ts';
import { importVolume } from '../volumes/archive.ts';

/** All directories above a path within the volume, the outermost first. */
function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [...parents(parent), parent];
}

async function archiveOf(files: ReadonlyMap<string, Uint8Array>, mode: number): Promise<Buffer> {
  const archive = pack();
  const directories = new Set([...files.keys()].flatMap(parents));
  for (const name of directories) archive.entry({ name, type: 'directory', mode: 0o755 });
  for (const [name, content] of files) archive.entry({ name, mode }, Buffer.from(content));
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

/**
 * Writes files into a volume. A container may have left links there: what unpacks archives follows none of them out of
 * the volume.
 */
export async function writeFiles(
  engine: Engine,
  volume: string,
  files: ReadonlyMap<string, Uint8Array>,
  mode: number,
): Promise<void> {
  const sealed = addon().memfdSealed('kube', await archiveOf(files, mode));
  try {
    // Opened once more: the other end of the file is where it was written.
    const input = openSync(`/proc/self/fd/${sealed}`, 'r');
    try {
      await importVolume(engine, volume, input);
    } finally {
      closeSync(input);
    }
  } finally {
    closeSync(sealed);
  }
}
