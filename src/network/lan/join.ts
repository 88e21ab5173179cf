import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { names } from '../../contract/names.ts';
import { addon } from '../../native/addon.ts';
import { isLocked } from '../../native/locks.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { AttachedNetwork } from '../attachment.ts';
import { runBridgeMode } from '../bridge/run-mode.ts';
import { type BridgeSpaces, soon, userBytes } from '../bridge/spaces.ts';
import { findLanWay, innerName, isHostDevice, type LanWay, refuseBridge } from './way.ts';

/** The byte of the file of users that a container has for itself which takes the device's one hardware address. */
const addressByte = 3;

/**
 * The way to the LAN of a network whose parent is a device of this machine; null: it is none such. Throws BryoError
 * `bad-network` where the way is not open.
 */
export function lanWayOf({ link }: AttachedNetwork): LanWay | null {
  if (link.driver !== 'macvlan' || !isHostDevice(link.parent)) return null;
  return findLanWay(link.parent);
}

/** Where bryo-lan and the users of a device find each other. */
function directoryOf(store: Store, { device }: LanWay): string {
  return join(storePaths.runNetworks(store), innerName(device));
}

/** A way that a process carries frames on. */
type CarriedWay = Exclude<LanWay, { kind: 'bridge' }>;

function argumentsOf(directory: string, way: CarriedWay): string[] {
  return [
    ...['--directory', directory, '--device', way.device, '--name', innerName(way.device)],
    ...['--mtu', String(way.mtu)],
    ...(way.kind === 'macvtap' ? ['--file', way.file, '--mac', way.mac] : []),
  ];
}

/** Has frames carried between the device and the bridges' network; null: somebody else is about to. */
function start(directory: string, way: CarriedWay, { users, network }: BridgeSpaces): true | null {
  const words = argumentsOf(directory, way);
  const problem = runBridgeMode('lan', { words, fds: [users, network] });
  if (problem === null) return true;
  if (problem === 'taken') return null;
  const busy = /busy/.test(problem);
  throw new BryoError('bad-network', `parent ${way.device}: ${problem}`, {
    ...(busy && {
      hint: 'another program has it open: a virtual machine, or containers of another store',
    }),
  });
}

/** As openLan, for devices that a process carries frames of (addon/net/lan.h). */
async function openCarried(
  directory: string,
  way: CarriedWay,
  spaces: BridgeSpaces,
): Promise<number> {
  const { lockByte } = addon();
  const lease = openSync(join(directory, names.bridgeUsersFile), 'a+', 0o600);
  try {
    await soon('bryo-lan does not end', () =>
      lockByte(lease, 'shared', userBytes.user, false) ? true : null,
    );
    if (way.kind === 'macvtap' && !lockByte(lease, 'exclusive', addressByte, false)) {
      throw new BryoError(
        'address-taken',
        `parent ${way.device}: another container has its one hardware address ${way.mac}`,
        {
          hint: 'a macvtap of its own, or a tap that is a port of a bridge, which carries any number',
        },
      );
    }
    await soon('bryo-lan does not answer', () => {
      if (!lockByte(lease, 'shared', userBytes.begin, false)) return null;
      lockByte(lease, 'unlock', userBytes.begin, false);
      return isLocked(join(directory, names.bridgeHolderFile)) || start(directory, way, spaces);
    });
    return lease;
  } catch (error) {
    closeSync(lease);
    throw error;
  }
}

/** As openLan, for a bridge, which carries frames itself (addon/net/lan_port.h). */
function openPort(
  directory: string,
  { device, mtu, helper }: Extract<LanWay, { kind: 'bridge' }>,
  { users, network }: BridgeSpaces,
): void {
  const own = ['--name', innerName(device), '--mtu', String(mtu)];
  const words = ['--directory', directory, '--helper', helper, '--bridge', device, ...own];
  const problem = runBridgeMode('lan-port', { words, fds: [users, network] });
  if (problem === null) return;
  // Without the place in the helper's source.
  const text = problem.replace(/: \S+\.c: \d+: \w+: /, ': ');
  if (/quota/i.test(text)) {
    throw new BryoError('bad-network', `parent ${device}: ${text}`, {
      hint: 'containers of another store have the port: an administrator has to raise the number in /etc/lxc/lxc-usernet',
    });
  }
  refuseBridge(device, text);
}

/**
 * Has a device of this machine lead to the bridges' network for as long as the descriptor is open somewhere; null: for
 * as long as that network is there. Throws BryoError `bad-network`, `no-answer`.
 */
export async function openLan(
  store: Store,
  way: LanWay,
  spaces: BridgeSpaces,
): Promise<number | null> {
  const directory = directoryOf(store, way);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (way.kind !== 'bridge') return openCarried(directory, way, spaces);
  openPort(directory, way, spaces);
  return null;
}

/**
 * The bridge of this machine that a network has a port of; null: it is on none. Throws BryoError `bad-network` where
 * there is no way to it any more.
 */
export function portOf(
  store: Store,
  network: AttachedNetwork,
): Extract<LanWay, { kind: 'bridge' }> | null {
  const way = lanWayOf(network);
  if (way !== null) return way.kind === 'bridge' ? way : null;
  const { driver, parent } = network.link;
  const directory = join(storePaths.runNetworks(store), innerName(parent));
  if (driver !== 'macvlan' || !existsSync(join(directory, names.lanPortFile))) return null;
  throw new BryoError('bad-network', `network ${network.name}: bridge ${parent} does not exist`, {
    hint: 'when an administrator has made it again: bryo network reload CONTAINER',
  });
}

/** Where a user of a network's device has its locks; none: it is on no LAN. Throws BryoError `bad-network`. */
export function lanPlaces(
  store: Store,
  network: AttachedNetwork,
): { path: string; place: number; shared: boolean }[] {
  const way = lanWayOf(network);
  if (way === null || way.kind === 'bridge') return [];
  const path = join(directoryOf(store, way), names.bridgeUsersFile);
  const own = way.kind === 'macvtap' ? [{ path, place: addressByte, shared: false }] : [];
  return [{ path, place: userBytes.user, shared: true }, ...own];
}
