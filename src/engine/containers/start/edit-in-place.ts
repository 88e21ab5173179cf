import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { errnoCode } from '../../../base/errors.ts';
import type { IdMap, IdMapping } from '../../../base/id-map.ts';

const maxSize = 1 << 20;

/** An id outside as the storage namespace has it; null: it has none. */
function storageId(mappings: readonly IdMapping[], outside: number): number | null {
  const found = mappings.find(({ hostId, size }) => outside >= hostId && outside < hostId + size);
  return found === undefined ? null : found.containerId + outside - found.hostId;
}

/**
 * A file for writing that may belong to a root of a container which is not the caller. It is the caller's until
 * `close`.
 */
async function openOwned(path: string, idMap: () => IdMap) {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  try {
    const fd = openSync(path, flags);
    return { fd, close: () => closeSync(fd) };
  } catch (error) {
    if (errnoCode(error) !== 'EACCES') throw error;
    const map = idMap();
    const { uid, gid } = lstatSync(path);
    const owner = { uid: storageId(map.uids, uid), gid: storageId(map.gids, gid) };
    if (owner.uid === null || owner.gid === null) throw error;
    const before = { uid: owner.uid, gid: owner.gid };
    // Loaded here: files belong to the caller as a rule.
    const { ownEntry } = await import('../../../store/worker.ts');
    ownEntry(path, { uid: 0, gid: 0 }, map);
    const fd = openSync(path, flags);
    const close = (): void => {
      closeSync(fd);
      ownEntry(path, before, map);
    };
    return { fd, close };
  }
}

/**
 * Changes a file that containers have mounted, which see it at once. They may write to it, too: what is too long is
 * left as it is.
 */
export async function editInPlace(
  path: string,
  idMap: () => IdMap,
  change: (text: string) => string,
): Promise<void> {
  const { fd, close } = await openOwned(path, idMap);
  try {
    if (fstatSync(fd).size > maxSize) return;
    const old = readFileSync(fd, 'utf8');
    const text = change(old === '' || old.endsWith('\n') ? old : `${old}\n`);
    if (text === old) return;
    // Cut afterwards, so that nobody finds it empty.
    writeSync(fd, text, 0);
    ftruncateSync(fd, Buffer.byteLength(text));
  } finally {
    close();
  }
}
