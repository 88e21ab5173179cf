import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import type { ErrorCode } from '../base/error-codes.ts';
import { BryoError, errnoCode } from '../base/errors.ts';
import { nameOfBytes } from '../base/file-names.ts';
import type { IdMap } from '../base/id-map.ts';
import { libexecPath } from '../native/locate.ts';
import type { RunResult } from '../native/run.ts';
import { runInUserns, runInUsernsNow, usernsArgv } from '../native/userns.ts';

/** The last line of a worker's messages, without its own name. */
export function workerMessage(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line.replace(/^bryo-worker: /, '') || 'the storage worker was killed';
}

function answerOf({ exitCode, stdout, stderr }: RunResult): string {
  if (exitCode === 0) return stdout;
  throw new BryoError('storage-failed', workerMessage(stderr));
}

/** Starts a worker whose output is as long as a tree makes it, to be read as it comes. */
function spawnWorker(args: string[], idMap: IdMap): ChildProcess {
  const argv = usernsArgv(idMap, [libexecPath('bryo-worker'), ...args]);
  return spawn(libexecPath('bryo-launcher'), argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function runWorker(args: string[], idMap: IdMap): Promise<string> {
  return answerOf(await runInUserns({ argv: [libexecPath('bryo-worker'), ...args], idMap }));
}

/** Gives a file, or a directory but not what is in it, to ids of the storage namespace. Errors: `storage-failed`. */
export function ownEntry(
  path: string,
  { uid, gid }: { uid: number; gid: number },
  idMap: IdMap,
): void {
  const argv = [libexecPath('bryo-worker'), 'own', String(uid), String(gid), path];
  answerOf(runInUsernsNow({ argv, idMap }));
}

/** Whether a tree could be removed without entering the user namespace. */
function removedDirectly(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** Bytes of words that a command line has room for by far (execve(2), "Limits on size"). */
const wordBytes = 256 << 10;

/** Words in groups that fit a command line each. */
function* commandLines(words: readonly string[]): Generator<string[]> {
  let group: string[] = [];
  let room = wordBytes;
  for (const word of words) {
    const size = Buffer.byteLength(word) + 1;
    if (size > room && group.length > 0) {
      yield group;
      [group, room] = [[], wordBytes];
    }
    group.push(word);
    room -= size;
  }
  if (group.length > 0) yield group;
}

/** Removes trees that hold files of mapped ids. Missing ones are fine. */
export async function removeTrees(paths: readonly string[], idMap: IdMap): Promise<void> {
  const left = paths.filter((path) => !removedDirectly(path));
  for (const some of commandLines(left)) await runWorker(['remove', ...some], idMap);
}

/** The size of a tree; hard links count once. */
export interface TreeUsage {
  /** On the disk. */
  bytes: number;
  inodes: number;
  /** Bytes that its files say that they hold, directories left out. */
  size: number;
}

/** The sizes of these trees. A missing one takes nothing. */
export async function treeUsages(paths: readonly string[], idMap: IdMap): Promise<TreeUsage[]> {
  const present = paths.filter((path) => existsSync(path));
  const usages: TreeUsage[] = [];
  for (const some of commandLines(present)) {
    const text = await runWorker(['usage', ...some], idMap);
    for (const usage of JSON.parse(text) as TreeUsage[]) usages.push(usage);
  }
  const byPath = new Map(present.map((path, index) => [path, usages[index]]));
  return paths.map((path) => byPath.get(path) ?? { bytes: 0, inodes: 0, size: 0 });
}

/** One difference between a container and its image. */
export interface TreeChange {
  kind: 'A' | 'C' | 'D';
  /** By `nameOfBytes`. */
  path: string;
}

/** The additions, changes and deletions of an upper layer to the layers below (topmost first). */
export async function treeChanges(
  upper: string,
  layers: readonly string[],
  idMap: IdMap,
): Promise<TreeChange[]> {
  const child = spawnWorker(['changes', upper, ...layers], idMap);
  const changes: TreeChange[] = [];
  let rest = '';
  for await (const chunk of workerOutput(child, 'storage-failed')) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\0');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const path = nameOfBytes(Buffer.from(line.slice(2), 'latin1'));
      changes.push({ kind: line.charAt(0) as TreeChange['kind'], path });
    }
  }
  return changes;
}

/** The ids of `user[:group]` in an image of these layers, topmost first. Errors: `storage-failed`. */
export async function layersIdentity(
  layers: readonly string[],
  user: string,
  idMap: IdMap,
): Promise<{ uid: number; gid: number }> {
  const text = await runWorker(['identity', user, ...layers], idMap);
  return JSON.parse(text) as { uid: number; gid: number };
}

/** The largest id that an image's passwd and group files name; 0 when there are none. */
export async function layersLargestId(layers: readonly string[], idMap: IdMap): Promise<number> {
  return Number(await runWorker(['largest-id', ...layers], idMap));
}

/** Copies layers (lowest first) into one directory, applying their whiteouts. */
export async function mergeLayers(
  layers: readonly string[],
  destination: string,
  idMap: IdMap,
): Promise<void> {
  await runWorker(['merge', '--dest', destination, ...layers], idMap);
}

/** Makes one layer of several (lowest first), which hides of those further below what they hide. */
export async function squashLayers(
  layers: readonly string[],
  destination: string,
  idMap: IdMap,
): Promise<void> {
  await runWorker(['merge', '--dest', destination, '--keep-marks', ...layers], idMap);
}

/**
 * Takes what is empty at some paths out of an upper layer, and the directories above that have nothing else,
 * unless the layers below (topmost first) have it. Links lead nowhere.
 */
export async function removeEmptyPlaces(
  from: { upper: string; layers: readonly string[]; paths: readonly string[] },
  idMap: IdMap,
): Promise<void> {
  const { upper, layers, paths } = from;
  await runWorker(['empty-places', upper, String(layers.length), ...layers, ...paths], idMap);
}

/**
 * Makes a layer of what a whole tree has that its layers (topmost first) have not. Its files are
 * further names of the tree's.
 */
export async function treeDelta(
  delta: { tree: string; layers: readonly string[]; destination: string },
  idMap: IdMap,
): Promise<void> {
  await runWorker(['delta', delta.destination, delta.tree, ...delta.layers], idMap);
}

/**
 * Makes a layer in overlay's format of what fuse-overlayfs keeps of a container over some layers
 * (topmost first). Its files are further names of the same.
 */
export async function overlayMarks(
  kept: { upper: string; layers: readonly string[]; destination: string },
  idMap: IdMap,
): Promise<void> {
  await runWorker(['own-layer', kept.destination, kept.upper, ...kept.layers], idMap);
}

/**
 * The status of a helper that runs beside this process, 128 when a signal has ended it. One that could
 * not be started rejects with the system's error: for whoever waits, and nobody has to.
 */
export function whenEnded(child: ChildProcess): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 128));
  });
  ended.catch(() => undefined);
  return ended;
}

async function* outputOf(
  child: ChildProcess,
  ended: Promise<number>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of child.stdout ?? []) yield chunk as Uint8Array;
  } catch (error) {
    // The pipes of a helper that was never there close early, too: why it was not is what counts.
    if (child.pid === undefined) await ended;
    throw error;
  }
}

/**
 * The output of a worker, while it runs. `hear` gets what it had to say when it succeeds. Errors: BryoError
 * of this code with the worker's message.
 */
export async function* workerOutput(
  child: ChildProcess,
  code: ErrorCode,
  hear: (messages: string) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, void> {
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  const ended = whenEnded(child);
  try {
    yield* outputOf(child, ended);
    if ((await ended) !== 0) throw new BryoError(code, workerMessage(messages));
    hear(messages);
  } finally {
    child.kill('SIGKILL');
  }
}

/** The plain bytes of a file that is plain or compressed with gzip or zstd. Errors: `bad-layer`. */
export async function* readPlain(path: string): AsyncGenerator<Uint8Array, void, void> {
  const fd = openSync(path, 'r');
  const child = spawn(libexecPath('bryo-worker'), ['plain'], { stdio: [fd, 'pipe', 'pipe'] });
  closeSync(fd);
  yield* workerOutput(child, 'bad-layer');
}

/** Entries of a tree that a layer cannot hold: a name that begins with ".wh." would hide another file. */
export interface LeftOut {
  count: number;
  /** Path of one of them in the tree, as text. */
  first: string;
}

function readLeftOut(messages: string): LeftOut | null {
  const [, count, first] = /^left-out (\d+) (.*)$/s.exec(messages) ?? [];
  return first === undefined ? null : { count: Number(count), first };
}

/**
 * A tree as a layer: a tar compressed with gzip, with overlay's marks as whiteouts. The same tree
 * gives the same bytes. `tell` hears of what is not in it. Errors: `storage-failed`.
 */
export async function* packTree(
  path: string,
  idMap: IdMap,
  tell: (leftOut: LeftOut) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const owner = idMap.kind === 'single' ? 'self' : 'keep';
  const child = spawnWorker(['pack', '--owner', owner, path], idMap);
  yield* workerOutput(child, 'storage-failed', (messages) => {
    const leftOut = readLeftOut(messages);
    if (leftOut !== null) tell(leftOut);
  });
}

/** A tree as a layer, plain: what `packTree` compresses. Errors: `storage-failed`. */
export async function* plainTree(
  path: string,
  idMap: IdMap,
): AsyncGenerator<Uint8Array, void, void> {
  const owner = idMap.kind === 'single' ? 'self' : 'keep';
  yield* workerOutput(
    spawnWorker(['pack', '--plain', '--owner', owner, path], idMap),
    'storage-failed',
  );
}
