import { closeSync, openSync } from 'node:fs';
import { addon } from '../native/addon.ts';
import { lockHolders } from '../native/lock-holders.ts';
import { awaitLock, insist } from '../native/locks.ts';
import { isStopped, Waiting } from '../native/waiting.ts';

/**
 * Locks on things that are named by digests: one byte of a file for each, so that no file has to be
 * made and removed for it. They end with the process at the latest.
 *
 * Who relies on a thing shares its lock with others who do; who makes it or takes it away holds it
 * alone.
 */
export interface Leases {
  /** Whether the lock is shared now. */
  share(digest: string): boolean;
  /** Shares the lock once nobody holds it alone, which nobody may do here while he awaits something. */
  shareSoon(digest: string): void;
  /** Shares a blob that others may hold for long. */
  shareLater(digest: string): Promise<void>;
  /** Whether the lock is held alone now. A shared one may become so, and the reverse. */
  hold(digest: string): boolean;
  drop(digest: string): void;
  /** Pids of the others that hold the lock. */
  waitsFor(digest: string): number[];
  /** Gives all of them back. */
  close(): void;
}

/** Two digests that begin with the same 48 bits would wait for each other, and no more. */
function offsetOf(digest: string): number {
  return Number.parseInt(digest.slice(digest.indexOf(':') + 1).slice(0, 12), 16);
}

/** Leases in a file that is made unless it is there. */
export function openLeases(path: string): Leases {
  const fd = openSync(path, 'a+', 0o600);
  const { lockByte } = addon();
  const share = (digest: string): boolean => lockByte(fd, 'shared', offsetOf(digest), false);
  let open = true;
  return {
    share,
    shareSoon: (digest) => insist(path, offsetOf(digest), () => share(digest)),
    shareLater: (digest) => awaitLock(path, offsetOf(digest), () => share(digest)),
    waitsFor: (digest) => lockHolders(path, offsetOf(digest)),
    hold: (digest) => lockByte(fd, 'exclusive', offsetOf(digest), false),
    drop: (digest) => {
      lockByte(fd, 'unlock', offsetOf(digest), false);
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Waits until a thing is there or is the caller's to make. Either way the caller has a lease on it:
 * shared, or alone until it has made it and shares it.
 */
export async function claim(
  leases: Leases,
  digest: string,
  isThere: () => boolean,
): Promise<'there' | 'mine'> {
  const waiting = new Waiting(`what another command is making, ${digest}`);
  for (let wait = 2; ; wait = Math.min(wait * 2, 64)) {
    if (leases.share(digest)) {
      if (isThere()) return 'there';
      if (leases.hold(digest)) {
        if (!isThere()) return 'mine';
        leases.share(digest);
        return 'there';
      }
      leases.drop(digest);
    }
    // A download takes its time; only who has been stopped is told of.
    if (waiting.isDue) {
      for (const pid of leases.waitsFor(digest)) if (isStopped(pid)) waiting.look(pid);
    }
    // Pauses differ, so that others who have seen the same do not come back at the same moment.
    await pause(wait * (0.5 + Math.random()));
  }
}
