import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { names } from '../../contract/names.ts';
import { addon } from '../../native/addon.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { libexecPath } from '../../native/locate.ts';
import { lockOwner } from '../../native/locks.ts';

/** The firewall of the bridges' network (addon/net/firewall.h). */
export type Firewall = 'none' | 'routed' | 'guarded';

/** The namespaces of the user's bridges, which stay for as long as the descriptors are open somewhere. */
export interface BridgeSpaces {
  users: number;
  network: number;
  /** Keeps the holder (addon/net/users.h). */
  lease: number;
}

/** Numbers of a holder's descriptors (addon/net/holder.h). */
const holderFds = { users: 4, network: 5 } as const;
/** Bytes of the file of users (addon/net/users.h). */
export const userBytes = { user: 0, space: 1, begin: 2 } as const;

/** Milliseconds for a holder to come or to go; it takes some 30 as a rule. */
const patience = 20_000;
const pause = 3;

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Attempts something until it comes off. Throws BryoError `no-answer` when that takes too long. */
export async function soon<T>(what: string, attempt: () => T | null): Promise<T> {
  const until = performance.now() + patience;
  for (;;) {
    const result = attempt();
    if (result !== null) return result;
    if (performance.now() > until) {
      throw new BryoError('no-answer', `the bridges' namespaces: ${what}`, {
        hint: 'look whether a bryo-net, bryo-lan or bryo-monitor is stopped',
      });
    }
    await sleep(pause);
  }
}

/** Starts a holder; gives the descriptor where it says what has become of it. */
function startHolder(argv: readonly string[]): number {
  const native = addon();
  const [report, theirs] = native.pipe();
  const none = openSync('/dev/null', 'r+');
  try {
    const words = ['bryo-launcher', 'net', ...argv];
    native.spawn(libexecPath('bryo-launcher'), words, ownEnvironment(), [none, none, none, theirs]);
    return report;
  } catch (error) {
    closeSync(report);
    throw error;
  } finally {
    closeSync(theirs);
    closeSync(none);
  }
}

/** Hears what a holder says of itself, to the end. Null: those who have the namespaces are about to start one. */
function hearHolder(report: number): Firewall | 'taken' | null {
  const buffer = Buffer.alloc(4096);
  let text = '';
  try {
    let size: number;
    do {
      size = readSync(report, buffer);
      text += buffer.toString('utf8', 0, size);
    } while (size > 0);
  } finally {
    closeSync(report);
  }
  if (text === 'lost') return null;
  if (text === 'ok') return 'taken';
  const firewall = (['none', 'routed', 'guarded'] as const).find((word) => text === `ok ${word}`);
  if (firewall !== undefined) return firewall;
  throw new BryoError('no-bridges', `cannot make bridges: ${text || 'bryo-net was killed'}`, {
    hint: 'bryo doctor tells what is missing; --network slirp4netns needs less',
  });
}

/** The loss without all of the firewall; null: there is none. */
const losses: Record<Firewall, string | null> = {
  none: 'neighbours on a bridge can forge addresses, and nothing leads outside by IPv6: nft is missing, or the kernel has no nf_tables',
  routed: 'neighbours on a bridge can forge addresses: the kernel has no nf_tables for bridges',
  guarded: null,
};

/** The descriptors of a holder's namespaces; null: it has ended meanwhile. */
function takeSpaces(pid: number): Pick<BridgeSpaces, 'users' | 'network'> | null {
  let users = -1;
  try {
    users = openSync(`/proc/${pid}/fd/${holderFds.users}`, 'r');
    return { users, network: openSync(`/proc/${pid}/fd/${holderFds.network}`, 'r') };
  } catch (error) {
    if (users >= 0) closeSync(users);
    if (!['ENOENT', 'ESRCH', 'ENXIO'].includes(errnoCode(error) ?? '')) throw error;
    return null;
  }
}

function warnOf(firewall: Firewall): void {
  const loss = losses[firewall];
  if (loss !== null) writeSync(2, `Warning: ${loss} (bryo doctor)\n`);
}

/**
 * A start that bars the holder of the bridges from ending before it opens the namespaces: that would take the files about
 * containers along (addon/net/forget.h), also those of a start that has only begun.
 */
export interface KeptSpaces {
  directory: string;
  lease: number;
  /** Where a holder says what has become of it; null: none has been started. */
  report: number | null;
}

/** Of a holder that was started before its namespaces are needed. */
let begun: KeptSpaces | null = null;

function openUsers(directory: string): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return openSync(join(directory, names.bridgeUsersFile), 'a+', 0o600);
}

/** Whether a holder begins: its namespaces are not there yet. */
function isBeginning(lease: number): boolean {
  const { lockByte } = addon();
  if (!lockByte(lease, 'shared', userBytes.begin, false)) return true;
  lockByte(lease, 'unlock', userBytes.begin, false);
  return false;
}

/**
 * Starts the holder of the user's bridges, if there is none, beside a command that is about to open them: that takes
 * as long as the rest of the command does. It ends soon after this process if nothing comes of it.
 */
export function beginBridgeSpaces(directory: string, argv: readonly string[]): void {
  const lease = openUsers(directory);
  const holderFile = join(directory, names.bridgeHolderFile);
  const { lockByte } = addon();
  try {
    const isFree =
      begun === null &&
      lockByte(lease, 'shared', userBytes.user, false) &&
      !isBeginning(lease) &&
      lockOwner(holderFile) === null;
    if (isFree) begun = { directory, lease, report: startHolder(argv) };
  } finally {
    if (begun?.lease !== lease) closeSync(lease);
  }
}

/** Bars the holder from ending, if there is one, until `kept` is opened or released. Throws BryoError `no-answer`. */
export async function keepBridgeSpaces(directory: string): Promise<KeptSpaces> {
  if (begun?.directory === directory) {
    const taken = begun;
    begun = null;
    return taken;
  }
  const lease = openUsers(directory);
  try {
    // A holder that is about to end has this byte for itself.
    await soon('the last holder does not end', () =>
      addon().lockByte(lease, 'shared', userBytes.user, false) ? true : null,
    );
    return { directory, lease, report: null };
  } catch (error) {
    closeSync(lease);
    throw error;
  }
}

/** Gives up what was kept for nothing. */
export function releaseKept({ lease, report }: KeptSpaces): void {
  if (report !== null) closeSync(report);
  closeSync(lease);
}

/**
 * The namespaces of the user's bridges; their holder is started if there is none. `directory` is that of all
 * networks in the runtime directory, `argv` the holder's arguments.
 *
 * Throws BryoError `no-bridges` with what is missing.
 */
export async function openBridgeSpaces(
  directory: string,
  argv: readonly string[],
): Promise<BridgeSpaces> {
  return openKept(await keepBridgeSpaces(directory), argv);
}

/** As openBridgeSpaces, with what `kept` has; it is given up where they cannot be opened. */
export async function openKept(kept: KeptSpaces, argv: readonly string[]): Promise<BridgeSpaces> {
  const { lockByte } = addon();
  const { directory, lease } = kept;
  /** Of a holder that has been started and not heard. */
  let unheard = kept.report;
  const holderFile = join(directory, names.bridgeHolderFile);
  const take = (): BridgeSpaces | null => {
    const pid = lockOwner(holderFile);
    const spaces = pid === null ? null : takeSpaces(pid);
    if (spaces === null) return null;
    lockByte(lease, 'shared', userBytes.space, false);
    return { ...spaces, lease };
  };
  const attempt = (): BridgeSpaces | null => {
    let report = unheard;
    unheard = null;
    if (report === null) {
      if (isBeginning(lease)) return null;
      if (lockOwner(holderFile) !== null) return take();
      report = startHolder(argv);
    }
    const started = hearHolder(report);
    if (started !== null && started !== 'taken') warnOf(started);
    // Taken at once: where the kernel loads its modules first, the start has used up all patience.
    return started === null ? null : take();
  };
  try {
    return await soon('their holder does not answer', attempt);
  } catch (error) {
    closeSync(lease);
    throw error;
  }
}
