import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { bytesOfName, nameOfBytes } from '../base/file-names.ts';
import { addon } from '../native/addon.ts';
import { startWorker, type TreeRoot } from './tree-copy.ts';
import { whenEnded, workerMessage } from './worker.ts';

/** A thing in a tree, as it was listed. */
export interface TreeEntry {
  /** Number of the path that was asked for. */
  of: number;
  /** As find(1) has it: `f`, `d`, `l`, `p`, `s`, `c`, `b`. */
  type: string;
  /** Mode bits. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Below the path that was asked for, by `nameOfBytes`; empty: that itself. */
  below: string;
  /** Where a link leads, by `nameOfBytes`. */
  link: string;
}

/** A thing to be sent alone, without what is in it. */
export interface TreeItem {
  path: string;
  /** The name that it arrives under. */
  name: string;
  /** Null: its own. */
  mode: number | null;
  /** A link at the end of the path is followed, within the root. */
  follow: boolean;
}

/** All that a worker says on standard output. Throws BryoError `copy-failed`. */
async function answer(child: ChildProcess): Promise<Buffer> {
  const parts: Buffer[] = [];
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  child.stdout?.on('data', (part: Buffer) => parts.push(part));
  const status = await whenEnded(child);
  if (status !== 0) throw new BryoError('copy-failed', workerMessage(messages));
  return Buffer.concat(parts);
}

/** Fields of an entry of a listing. */
const fields = 8;
function readEntries(text: string): TreeEntry[] {
  const words = text.split('\0');
  const entries: TreeEntry[] = [];
  for (let at = 0; at + fields < words.length + 1 && words.length - at > fields - 1; at += fields) {
    const [of, type = '', mode = '', uid, gid, size, below = '', link = ''] = words.slice(
      at,
      at + fields,
    );
    if (type === '') break;
    entries.push({
      of: Number(of),
      type,
      mode: Number.parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      below,
      link,
    });
  }
  return entries;
}

/**
 * The things at some paths beneath a root and, so many directories deep (-1: all of them), below. Links are
 * followed within the root at the ends of the paths alone; nothing is said of what is not there. Of the paths of
 * `pruned`, and of what is below them, nothing is said either. Throws BryoError `copy-failed`.
 */
export async function listTree(
  root: TreeRoot,
  paths: readonly string[],
  depth: number,
  pruned: readonly string[] = [],
): Promise<TreeEntry[]> {
  const words = [...pruned, '', ...paths];
  const bytes = await answer(startWith(root, ['list', String(depth)], words, 'pipe'));
  return readEntries(nameOfBytes(bytes)).filter(({ type }) => type !== '-');
}

/** Starts a worker that reads words from standard input. */
function startWith(
  root: TreeRoot,
  args: readonly string[],
  words: readonly string[],
  output: 'pipe' | number,
): ChildProcess {
  const bytes = bytesOfName(words.map((word) => `${word}\0`).join(''));
  const input = addon().memfdSealed('bryo-items', bytes);
  try {
    return startWorker(root, args, [input, output]);
  } finally {
    closeSync(input);
  }
}

function itemWords({ path, name, mode, follow }: TreeItem): string[] {
  return [path, name, mode === null ? '' : mode.toString(8), follow ? 'f' : ''];
}

function startItems(
  root: TreeRoot,
  items: readonly TreeItem[],
  args: readonly string[],
  output: 'pipe' | number,
): ChildProcess {
  return startWith(root, ['send-items', ...args], items.flatMap(itemWords), output);
}

function ownerWords(keepOwners: boolean): string[] {
  return keepOwners ? ['--keep-owners'] : [];
}

/** Digests of large files by keys that the worker makes of what the filesystem says of them. */
export type KnownFiles = ReadonlyMap<string, string>;

/**
 * The digest of what `sendItems` would send, without times, and those of large files that were read for it.
 * Files that are `known` are not read. Throws BryoError `copy-failed`.
 */
export async function digestItems(
  root: TreeRoot,
  items: readonly TreeItem[],
  { keepOwners, known }: { keepOwners: boolean; known: KnownFiles },
): Promise<{ digest: string; read: Map<string, string> }> {
  const args = ['send-items', '--digest', ...ownerWords(keepOwners)];
  const words = [...known].flatMap(([key, digest]) => [key, digest, '', 'k']);
  const child = startWith(root, args, [...words, ...items.flatMap(itemWords)], 'pipe');
  const [digest = '', ...lines] = (await answer(child)).toString('utf8').trimEnd().split('\n');
  const read = new Map(lines.map((line) => line.split(' ') as [string, string]));
  return { digest, read };
}

/** Sends things beneath a root as a tar; they belong to root unless owners are kept. Throws BryoError `copy-failed`. */
export async function sendItems(
  root: TreeRoot,
  items: readonly TreeItem[],
  keepOwners: boolean,
  output: number,
): Promise<void> {
  await answer(startItems(root, items, ownerWords(keepOwners), output));
}
