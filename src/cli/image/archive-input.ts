import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import type { CliContext } from '../context.ts';

/** Where the bytes of an archive come from: a file, or a stream where `path` is null. */
export interface ArchiveInput {
  path: string | null;
  stdin: Readable;
}

/** An archive by its name: a file, an address of the web, or standard input (null). */
export async function archiveInput(
  context: CliContext,
  name: string | null,
): Promise<ArchiveInput> {
  if (name === null) return { path: null, stdin: context.stdin };
  if (!/^https?:/i.test(name)) return { path: name, stdin: context.stdin };
  // Loaded here: what is in a file needs no HTTP.
  const { download } = await import('../../registry/download.ts');
  return { path: null, stdin: await download(name, { env: process.env, home: homedir() }) };
}
