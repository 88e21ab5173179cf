import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

/** Takes the files of an archive one after the other. Names are ours and safe. */
export interface ArchiveWriter {
  add(name: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
}

/** Nothing of the moment or the user: the same image gives the same archive. */
const fixed = { mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };

/** A tar on a stream, which is not ended with it. */
export function tarWriter(output: Writable): ArchiveWriter {
  const tar = pack();
  const written = pipeline(tar, output, { end: false });
  // The one who waits for the end meets the error.
  written.catch(() => undefined);
  const directories = new Set<string>();
  return {
    async add(name, size, content) {
      // Readers without root cannot make a directory that the archive only implies (skopeo).
      for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
        const directory = name.slice(0, slash + 1);
        if (directories.has(directory)) continue;
        directories.add(directory);
        tar.entry({ ...fixed, mode: 0o755, name: directory, type: 'directory' });
      }
      const entry = tar.entry({ ...fixed, name, size });
      const ended = new Promise<void>((resolve, reject) => {
        entry.once('error', reject);
        entry.once('finish', resolve);
        written.catch(reject);
      });
      ended.catch(() => undefined);
      for await (const chunk of content) {
        if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), ended]);
      }
      entry.end(undefined);
      await ended;
    },
    async finish() {
      tar.finalize();
      await written;
    },
  };
}

/** The files of a directory that is made for them. */
export function directoryWriter(directory: string): ArchiveWriter {
  return {
    async add(name, _size, content) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      await pipeline(content, createWriteStream(path, { mode: 0o644 }));
    },
    async finish() {},
  };
}
