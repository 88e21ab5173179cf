import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { findRecord } from '../container/records.ts';
import { addon } from '../native/addon.ts';
import { copyTree, receiveTree, sendTree, type TreeRoot } from '../store/tree-copy.ts';
import type { Engine } from './engine.ts';
import { recordContainerEvent } from './events.ts';
import { accessRoot, type RootAccess } from './root-access.ts';

/** One side of a copy. */
export type CopyPlace =
  | { kind: 'host'; path: string }
  | { kind: 'container'; container: string; path: string }
  | { kind: 'stream' };

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
  user: string;
  release(): void;
}

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
    const why = errnoCode(cause) === 'ENOENT' ? 'no such file or directory' : errnoCode(cause);
    throw new BryoError('copy-failed', `${path}: ${why ?? cause}`, { cause });
  }
}

async function openPlace(
  engine: Engine,
  place: Exclude<CopyPlace, { kind: 'stream' }>,
  role: 'from' | 'to',
): Promise<OpenPlace> {
  if (place.kind === 'host') {
    const path = hostPath(withoutEnd(place.path), role === 'from');
    // The parent as root: a worker may write no further.
    return {
      root: { kind: 'host', directory: dirname(path) },
      path: path === '/' ? '/' : basename(path),
      user: '',
      release: () => undefined,
    };
  }
  const record = findRecord(engine.store, place.container);
  const access: RootAccess = await accessRoot(engine, record);
  const { pid, startTicks } = access;
  return {
    root: { kind: 'container', pid, startTicks },
    path: withoutEnd(place.path.replace(/^\/*/, '/')),
    user: record.user,
    release: () => access.release(),
  };
}

function isContents(place: CopyPlace): boolean {
  return place.kind !== 'stream' && /(^|\/)\.$/.test(place.path);
}

/** What the archive's first component is called: the last of the path as it was written. */
function sentName(path: string): string {
  return basename(path) || 'root';
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
    overwrite: request.overwrite,
    owner: host ? 'self' : request.archive ? `user=${user}` : 'keep',
  };
}

/**
 * Copies between containers, the host and standard streams (podman-cp(1)). Everything is resolved
 * beneath the root of its side, whatever the container does meanwhile, and no program of the
 * container is run. Throws BryoError `copy-failed`.
 */
export async function copy(engine: Engine, request: CopyRequest): Promise<void> {
  const { from, to } = request;
  const opened: OpenPlace[] = [];
  try {
    const open = async (place: CopyPlace, role: 'from' | 'to'): Promise<OpenPlace | null> => {
      if (place.kind === 'stream') return null;
      const result = await openPlace(engine, place, role);
      opened.push(result);
      return result;
    };
    const source = await open(from, 'from');
    const target = await open(to, 'to');
    if (source === null && target !== null) {
      await receiveTree(receiver(target, request), 0);
    } else if (source !== null && target === null) {
      await sendTree({ root: source.root, path: source.path, name: sentName(source.path) }, 1);
    } else if (source !== null && target !== null) {
      const sender = { root: source.root, path: source.path, name: sentName(source.path) };
      await copyTree(sender, receiver(target, request), addon().pipe());
    }
  } finally {
    for (const place of opened) place.release();
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
    access.release();
  }
}
