import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { type Config, configNumber, configText } from '../config/config.ts';
import { limits } from '../contract/limits.ts';
import { addon } from '../native/addon.ts';
import { type Store, storePaths } from '../store/paths.ts';

/** Where a journal takes entries, if there is one. */
export const journalSocket = '/run/systemd/journal/socket';

const mode = 0o600;

/** The events of a store: gone with a reboot, as the containers' processes are; another file if configured. */
export function eventFile(store: Store, config: Config): string {
  return configText(config, 'engine.events_logfile_path') ?? storePaths.events(store);
}

/**
 * Bytes from which the file of events is set aside: two of them are kept, so each has half of what is configured,
 * and 0 sets none aside (containers.conf(5)).
 */
export function eventFileLimit(config: Config): number {
  const most = configNumber(config, 'engine.events_logfile_max_size');
  if (most === null) return limits.maxEventFile;
  return most <= 0 ? Number.MAX_SAFE_INTEGER : Math.ceil(most / 2);
}

/** The file that holds the events before those of `eventFile`. */
export function olderEventFile(path: string): string {
  return `${path}.1`;
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a', mode);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', mode);
  }
}

/** Makes the file of events where there is none yet. */
export function makeEventFile(path: string): void {
  closeSync(openForAppending(path));
}

/** Of those that find the file too long one renames it: whoever gets its lock. False: another one is at it. */
function rotate(path: string, fd: number): boolean {
  if (!addon().flock(fd, 'exclusive', false)) return false;
  if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) {
    renameSync(path, olderEventFile(path));
  }
  return true;
}

/**
 * Appends a whole line in one write(2): writers never mix. It may be lost in a crash. A file of more bytes than
 * `limit` is set aside first.
 */
export function appendEventLine(path: string, line: string, limit: number): void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const fd = openForAppending(path);
    try {
      // A command that renames it may be stopped: the file gets a little longer rather than that it is waited for.
      if (fstatSync(fd).size <= limit || !rotate(path, fd)) {
        writeSync(fd, line);
        return;
      }
    } finally {
      closeSync(fd);
    }
  }
}
