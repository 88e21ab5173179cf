import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../native/programs.ts';
import { journalSocket } from './event-file.ts';

/** Where journald keeps files: those that stay, and those that a reboot wipes (systemd-journald.service(8)). */
export interface JournalPlaces {
  lasting: string;
  volatile: string;
}

/** The highest id of users of the system, who have no journal of their own (systemd's SYSTEM_UID_MAX). */
const lastSystemUser = 999;

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path).map((name) => join(path, name));
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a user can read the entries that journald takes from that user's processes. */
export function readsOwnJournal({ lasting, volatile }: JournalPlaces, uid: number): boolean {
  const kept = subdirectories(lasting);
  if (kept.length > 0) {
    // A user's own file comes into being with the first entry.
    const shared = (directory: string): boolean => isReadable(join(directory, 'system.journal'));
    return kept.some(uid > lastSystemUser ? isReadable : shared);
  }
  return subdirectories(volatile).some((directory) =>
    isReadable(join(directory, 'system.journal')),
  );
}

/** Whether systemd runs this machine and its journal gives back to the caller what it takes. */
export function keepsJournal(): boolean {
  if (!existsSync('/run/systemd/system') || !existsSync(journalSocket)) return false;
  const places = { lasting: '/var/log/journal', volatile: '/run/log/journal' };
  return readsOwnJournal(places, process.geteuid?.() ?? 0) && findProgram('journalctl') !== null;
}
