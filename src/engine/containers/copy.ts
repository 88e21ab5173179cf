import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { addon } from '../../native/addon.ts';
import {
  copyTree,
  receiveTree,
  type Sender,
  sendTree,
  type TreeRoot,
} from '../../store/tree-copy.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';
import { accessRoot, type RootAccess } from './root-access.ts';

/** One side of a copy. */
export type CopyPlace =
  | { kind: 'host'; path: string }
  | { kind: 'container'; container: string; path: string }
  /** The standard streams unless there is another descriptor. */
  | { kind: 'stream'; descriptor?: number };

export interface CopyRequest {
  from: CopyPlace;
  to: CopyPlace;
  /** Files copied into a container belong to its user; else they keep their owners. */
  archive: boolean;
  overwrite: boolean;
}

/** A side with its root; `user` is whom a container's process runs as. */
interface OpenPlace {
  root: TreeRoot;
  path: string;
  /** The name under which it is sent: as it was written, though it may be a link. */
  name: string;
  user: string;
}

/** The roots of containers that a copy has open: one container may be on both sides. */
type Accesses = Map<string, RootAccess>;

function withoutEnd(path: string): string {
  return path.replace(/\/+\.?$/, '') || '/';
}

/** The caller's own links are followed; the last component of a destination need not exist. */
function hostPath(path: string, exists: boolean): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if (!exists && errnoCode(cause) === 'ENOENT') {
      return join(hostPath(dirname(resolve(path)), true), basename(resolve(path)));
    }
    if (errnoCode(cause) === 'ENOENT') {
      const text = `${JSON.stringify(path)} could not be found on the host`;
      throw new BryoError('copy-failed', `${text}: no such file or directory`, { cause });
    }
    throw new BryoError('copy-failed', `${path}: ${errnoCode(cause) ?? cause}`, { cause });
  }
}

/** Throws BryoError `copy-failed` for a destination that is a pipe, a device or a socket. */
function refuseSpecialFile(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isFile() || there.isDirectory()) return;
  throw new BryoError(
    'copy-failed',
    `invalid destination: ${JSON.stringify(path)} must be a directory or a regular file`,
  );
}

/** The last component of a path as it was written; of one that ends with dots where it leads. */
function nameOf(written: string, path: string): string {
  const name = basename(withoutEnd(written));
  return ['', '.', '..'].includes(name) ? basename(path) || 'root' : name;
}

async function openPlace(
  engine: Engine,
  place: Exclude<CopyPlace, { kind: 'stream' }>,
  role: 'from' | 'to',
  accesses: Accesses,
): Promise<OpenPlace> {
  if (place.kind === 'host') {
    if (role === 'to') refuseSpecialFile(place.path);
    const path = hostPath(withoutEnd(place.path), role === 'from');
    // The parent as root: a worker may write no further.
    return {
      root: { kind: 'host', directory: dirname(path) },
      path: path === '/' ? '/' : basename(path),
      name: nameOf(place.path, path),
      user: '',
    };
  }
  const record = findRecord(engine.store, place.container);
  const access = accesses.get(record.id) ?? (await accessRoot(engine, record));
  accesses.set(record.id, access);
  const { pid, startTicks } = access;
  // podman takes paths from the working directory, whatever its manual page says.
  const whole = place.path.startsWith('/') ? place.path : `${record.workdir}/${place.path}`;
  const path = withoutEnd(whole.replace(/^\/*/, '/'));
  return {
    root: { kind: 'container', pid, startTicks },
    path,
    name: nameOf(path, path),
    user: record.user,
  };
}

function isContents(place: CopyPlace): boolean {
  return place.kind !== 'stream' && /(^|\/)\.$/.test(place.path);
}

/** A worker's message about a side in podman's words: scripts look for them. */
function inPodmansWords(message: string, place: CopyPlace, opened: string): BryoError {
  const code = 'copy-failed';
  if (place.kind === 'stream') return new BryoError(code, message);
  if (/: No such file or directory$/.test(message)) {
    const where = place.kind === 'host' ? 'the host' : `container ${place.container}`;
    const text = `${JSON.stringify(place.path)} could not be found on ${where}`;
    return new BryoError(code, `${text}: no such file or directory`);
  }
  const [, name, what] =
    /^cannot unpack "(.*?)\/?": replace (a directory|what is no directory): /.exec(message) ?? [];
  if (name === undefined) return new BryoError(code, message);
  const path = join(place.kind === 'host' ? '/' : opened, name);
  const text = `error creating ${JSON.stringify(path)}: ${what} is there: file exists`;
  return new BryoError(code, text, { hint: '--overwrite replaces it' });
}

/** Owners that are kept are those the caller's namespace shows: the caller's own files are root's. */
function sender(engine: Engine, place: OpenPlace, { archive, from }: CopyRequest): Sender {
  const { root } = place;
  const explain = (problem: string) => inPodmansWords(problem, from, place.path);
  if (archive || root.kind !== 'host') return { ...place, explain };
  return { ...place, root: { ...root, idMap: engine.idMap() }, explain };
}

function receiver(place: OpenPlace, request: CopyRequest) {
  const host = place.root.kind === 'host';
  const user = place.user === '' ? '0:0' : place.user;
  return {
    root: place.root,
    path: place.path,
    archive: request.from.kind === 'stream',
    contents: isContents(request.from),
    directory: request.to.kind !== 'stream' && request.to.path.endsWith('/'),
    // The caller's own links were followed already.
    followLinks: !host,
    overwrite: request.overwrite,
    owner: host ? 'self' : request.archive ? `user=${user}` : 'keep',
    explain: (problem: string) => inPodmansWords(problem, request.to, place.path),
  };
}

function streamOf(place: CopyPlace): number | undefined {
  return place.kind === 'stream' ? place.descriptor : undefined;
}

/**
 * Copies between containers, the host and standard streams (podman-cp(1)). Everything is resolved
 * beneath the root of its side, whatever the container does meanwhile, and no program of the
 * container is run. Throws BryoError `copy-failed`.
 */
export async function copy(engine: Engine, request: CopyRequest): Promise<void> {
  const { from, to } = request;
  const accesses: Accesses = new Map();
  try {
    const open = async (place: CopyPlace, role: 'from' | 'to'): Promise<OpenPlace | null> =>
      place.kind === 'stream' ? null : openPlace(engine, place, role, accesses);
    const source = await open(from, 'from');
    const target = await open(to, 'to');
    if (source === null && target !== null) {
      await receiveTree(receiver(target, request), streamOf(from) ?? 0);
    } else if (source !== null && target === null) {
      const name = isContents(from) ? '.' : source.name;
      await sendTree(
        sender(engine, { ...source, name }, { ...request, archive: true }),
        streamOf(to) ?? 1,
      );
    } else if (source !== null && target !== null) {
      await copyTree(sender(engine, source, request), receiver(target, request), addon().pipe());
    }
  } finally {
    for (const access of accesses.values()) await access.release();
  }
}

/** Writes a container's whole root filesystem as a tar. */
export async function exportContainer(
  engine: Engine,
  nameOrId: string,
  output: number,
): Promise<void> {
  const record = findRecord(engine.store, nameOrId);
  const access = await accessRoot(engine, record);
  try {
    const { pid, startTicks } = access;
    await sendTree({ root: { kind: 'container', pid, startTicks }, path: '/', name: '' }, output);
    recordContainerEvent(engine, record, 'export');
  } finally {
    await access.release();
  }
}
