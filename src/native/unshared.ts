import { readFileSync, readlinkSync } from 'node:fs';
import type { IdMap, IdMapping } from '../base/id-map.ts';
import { names } from '../contract/names.ts';

/** The program that `bryo unshare` runs, in whose namespaces this command is. */
export interface UnsharedSession {
  pid: number;
  /** Where its server is asked (addon/launcher/session_server.h); null: it has none. */
  server: string | null;
}

let session: UnsharedSession | null | undefined;

function findSession(): UnsharedSession | null {
  const pid = process.env['BRYO_UNSHARE_PID'] ?? '';
  if (!/^[1-9]\d*$/.test(pid) || process.geteuid?.() !== 0) return null;
  try {
    // The variable may have been handed on to where it means nothing.
    const same = ['user', 'mnt'].every(
      (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
    );
    return same
      ? { pid: Number(pid), server: process.env[names.unshareServerVariable] || null }
      : null;
  } catch {
    return null;
  }
}

/** The session of `bryo unshare` that this command is in; null: none. */
export function unsharedSession(): UnsharedSession | null {
  if (session === undefined) session = findSession();
  return session;
}

/** An extent cannot span several of the surrounding map: each is taken over by itself. */
function sameIds(file: string): IdMapping[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [start = 0, , size = 0] = line.trim().split(/\s+/).map(Number);
    return { containerId: start, hostId: start, size };
  });
}

/** The storage namespace's mapping as seen from inside of it, where each id is itself. */
export function unsharedMap(): IdMap | null {
  if (unsharedSession() === null) return null;
  const uids = sameIds('/proc/self/uid_map');
  const gids = sameIds('/proc/self/gid_map');
  const single = uids.every(({ size }) => size === 1) && uids.length === 1;
  return { kind: single ? 'single' : 'root', uids, gids };
}
