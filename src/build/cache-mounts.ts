import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHash } from '../base/hash.ts';
import { randomHex } from '../base/random.ts';
import { type InnerMap, storageId } from '../container/userns/container-map.ts';
import { addon } from '../native/addon.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { storePaths } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { makeContentDirectory, makeStoreDirectory } from '../store/store-dirs.ts';
import { copyStream, shiftedOwner } from '../store/tree-copy.ts';
import { sendItems } from '../store/tree-items.ts';
import { ownEntry, removeTrees } from '../store/worker.ts';
import { select } from './select.ts';
import { type FileSource, withSource } from './sources.ts';
import type { Workspace } from './workspace.ts';

/** A cache that a command asks for. */
export interface CacheRequest {
  /** Whatever the file says: only its digest becomes a name. */
  id: string;
  sharing: 'shared' | 'private' | 'locked';
  owner: { uid: number; gid: number };
  /** The ids that the command has of its own; null: the build's. */
  inner: InnerMap | null;
  mode: number;
  /** What an empty one is filled with; null: nothing. */
  filling: { source: FileSource; path: string } | null;
}

/** A cache that a command has; nobody prunes it before `release`. */
export interface CacheHold {
  directory: string;
  release(): Promise<void>;
}

/** A lock on a file of its own that is made unless it is there. */
async function lockCache(path: string, mode: 'shared' | 'exclusive'): Promise<HeldLock> {
  closeSync(openSync(path, 'a', 0o600));
  return acquireLock(path, mode);
}

/** What belongs to an id in the filling belongs to that id of the command's. */
async function fill(
  work: Workspace,
  directory: string,
  { source, path }: NonNullable<CacheRequest['filling']>,
  inner: InnerMap | null,
): Promise<void> {
  await withSource(work, source, async (root) => {
    const ignore = source.kind === 'host' ? source.ignore : null;
    const request = { paths: [path], parents: false, chmod: null, exclude: [], described: path };
    const { items } = await select(root, { ...request, ignore });
    const idMap = work.engine.idMap();
    const kept = inner === null ? 'keep' : shiftedOwner(inner);
    await copyStream(
      (output) => sendItems(root, items, source.kind === 'layers', output),
      {
        root: { kind: 'host', directory, idMap },
        path: '.',
        archive: true,
        contents: false,
        directory: true,
        followLinks: false,
        overwrite: false,
        owner: idMap.kind === 'single' ? 'self' : kept,
      },
      addon().pipe(),
    );
  });
}

function storageOwner({ owner, inner, id }: CacheRequest): CacheRequest['owner'] {
  const asked = `--mount=type=cache,id=${id}`;
  const uid = storageId(owner.uid, inner?.uids ?? null, asked);
  return { uid, gid: storageId(owner.gid, inner?.gids ?? null, asked) };
}

/**
 * The name of a cache's directory. Commands with other ids have another cache of the same id: to them what is in
 * there would belong to nobody.
 */
function cacheName({ id, inner }: CacheRequest): string {
  const hash = makeHash('sha256').update(id);
  return (inner === null ? hash : hash.update(`\0${JSON.stringify(inner)}`)).digest('hex');
}

/** Makes a cache in one step: a build that is killed leaves none that is half filled. */
async function makeCache(work: Workspace, place: string, request: CacheRequest): Promise<void> {
  const { engine } = work;
  const idMap = engine.idMap();
  const staging = stagingPath(engine.store);
  makeStoreDirectory(engine.store, staging);
  const data = join(staging, 'data');
  makeContentDirectory(idMap, data, request.mode);
  try {
    if (request.filling !== null) await fill(work, data, request.filling, request.inner);
    const owner = storageOwner(request);
    if (owner.uid !== 0 || owner.gid !== 0) ownEntry(data, owner, idMap);
    writeFileSync(join(staging, 'id'), request.id, { mode: 0o600 });
    renameSync(staging, place);
  } catch (error) {
    await removeTrees([staging], idMap);
    // Another command has made it meanwhile.
    if (!existsSync(join(place, 'data'))) throw error;
  }
}

/** Holds the cache of an id, which is made unless it is there. A private one in use gets a stand-in for this command. */
export async function holdCache(work: Workspace, request: CacheRequest): Promise<CacheHold> {
  const { store } = work.engine;
  const name = cacheName(request);
  const directory = storePaths.buildMounts(store);
  mkdirSync(storePaths.build(store), { recursive: true, mode: 0o700 });
  makeStoreDirectory(store, directory);
  const place = join(directory, name);
  if (request.sharing === 'private' && isBusy(`${place}.lock`)) {
    const own = join(directory, `${name}.${randomHex(4)}`);
    await makeCache(work, own, request);
    const release = async (): Promise<void> => removeTrees([own], work.engine.idMap());
    return { directory: join(own, 'data'), release };
  }
  const mode = request.sharing === 'shared' ? 'shared' : 'exclusive';
  const lock = await lockCache(`${place}.lock`, mode);
  try {
    if (!existsSync(join(place, 'data'))) await makeCache(work, place, request);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { directory: join(place, 'data'), release: async () => lock.release() };
}

/** Whether somebody uses the cache. */
function isBusy(path: string): boolean {
  const fd = openSync(path, 'a', 0o600);
  try {
    return !addon().flock(fd, 'exclusive', false);
  } finally {
    closeSync(fd);
  }
}
