import { existsSync, statSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { hasEnded, Waiting } from '../native/waiting.ts';
import { containerFile, type RunFile, runFileIn } from '../store/container-files.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { askForRecord } from './state-file.ts';

/** The sockets of a monitor: what attach clients connect to, and who wants a health check. */
export type MonitorSocket = Extract<RunFile, 'attachSocket' | 'healthSocket'>;

/** Milliseconds between two looks. */
const lookInterval = 2;
/** Digits of an id that are shown. */
const shortId = 12;

/** Tells the copies of a record apart that a monitor has written one after the other. */
function versionOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  return status === undefined ? '' : `${status.ino} ${status.ctimeNs}`;
}

/**
 * The runtime directory of a container, with a socket of its monitor in it: one that was wiped is made
 * again by the monitor, which is asked for that. Without the socket when the monitor ends meanwhile.
 * Throws BryoError `no-answer` when it is stopped, or cannot make it.
 */
export function socketDirectory(
  store: Store,
  id: string,
  { monitorPid }: { monitorPid: number },
  socket: MonitorSocket,
): string {
  const directory = storePaths.runContainer(store, id);
  const path = runFileIn(directory, socket);
  const record = containerFile(store, id, 'state');
  const before = versionOf(record);
  if (existsSync(path) || !askForRecord(monitorPid)) return directory;
  const short = id.slice(0, shortId);
  const waiting = new Waiting(`the socket of container ${short}`);
  while (!existsSync(path) && !hasEnded(monitorPid, lookInterval)) {
    waiting.look(monitorPid, `bryo rm -f ${short}`);
    // The monitor writes its record once it has done what it can.
    if (versionOf(record) === before || existsSync(path)) continue;
    throw new BryoError('no-answer', `container ${short} cannot be reached: ${path} is gone`, {
      hint: `make ${store.runroot} writable, or 'bryo restart ${short}'`,
    });
  }
  return directory;
}
