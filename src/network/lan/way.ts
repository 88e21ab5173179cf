import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { makeHash } from '../../base/hash.ts';
import { callerEntry } from '../../native/user.ts';
import {
  allowingCommand,
  mayHavePort,
  type PortAllowances,
  portAllowances,
} from './lxc-usernet.ts';

/** A device of this machine by which the user may send on the network that it is in. */
export type LanWay =
  /** A tap of the user's: a port of a bridge, with any number of hardware addresses behind it. */
  | { kind: 'tap'; device: string; mtu: number }
  /** A bridge of which lxc-usernet(5) allows the user a port: with any number of hardware addresses behind it. */
  | { kind: 'bridge'; device: string; mtu: number; helper: string }
  /** A macvtap whose file is the user's: one hardware address. */
  | { kind: 'macvtap'; device: string; mtu: number; file: string; mac: string };

/** Where devices are looked for, and by whom. */
export interface LanSurroundings {
  /** Of network devices: /sys/class/net. */
  devices: string;
  /** Of their files: /dev. */
  files: string;
  ports: PortAllowances;
  user: { name: string; uid: number; gids: readonly number[] };
}

/** The surroundings of this process. */
export function lanSurroundings(): LanSurroundings {
  const uid = process.getuid?.() ?? 0;
  const gids = [process.getgid?.() ?? -1, ...(process.getgroups?.() ?? [])];
  return {
    devices: '/sys/class/net',
    files: '/dev',
    ports: portAllowances(),
    user: { name: callerEntry()?.name ?? String(uid), uid, gids },
  };
}

/** Bits of the flags (netdevice(7)), and of a tap's own (linux/if_tun.h). */
const isUp = 0x1;
const isTap = 0x2;
const longestName = 15;

/** A fact of a device; null: it has no such. */
function fact({ devices }: LanSurroundings, device: string, name: string): string | null {
  try {
    return readFileSync(join(devices, device, name), 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whether this machine has the device, so that a network's parent means it and not one of the bridges' network. */
export function isHostDevice(device: string, { devices } = lanSurroundings()): boolean {
  return device !== '' && device !== 'lo' && existsSync(join(devices, device));
}

function refuse(device: string, why: string, administrator: string): never {
  throw new BryoError('bad-network', `parent ${device}: ${why}`, {
    hint: `an administrator has to run: ${administrator}`,
  });
}

/** The name of a device for this user. */
function nameFor(device: string, { user }: LanSurroundings): string {
  const name = user.name.replace(/[^\w-]/g, '');
  return `${device.slice(0, longestName - 1 - Math.min(name.length, 7))}-${name}`.slice(
    0,
    longestName,
  );
}

/** Refuses a bridge that gives the user no port. */
export function refuseBridge(device: string, why: string, surroundings = lanSurroundings()): never {
  const { user, ports } = surroundings;
  const own = nameFor(device, surroundings);
  return refuse(
    device,
    why,
    `${allowingCommand(ports, user.name, device)}, or: ip tuntap add dev ${own} mode tap user ${user.name} && ip link set dev ${own} master ${device} up; then use -o parent=${own}`,
  );
}

function bridgeWay(device: string, mtu: number, surroundings: LanSurroundings): LanWay {
  const { ports, user } = surroundings;
  const { helper } = ports;
  if (helper === null || !mayHavePort(ports, user.name, device)) {
    const why = 'a bridge takes only ports that an administrator allows';
    return refuseBridge(device, why, surroundings);
  }
  return { kind: 'bridge', device, mtu, helper };
}

function refuseForeign(device: string, surroundings: LanSurroundings): never {
  const { user } = surroundings;
  const own = nameFor(device, surroundings);
  return refuse(
    device,
    'it belongs to the administrator',
    `ip link add link ${device} name ${own} type macvtap mode bridge && ip link set dev ${own} up && chown ${user.name} /dev/tap$(cat /sys/class/net/${own}/ifindex); then use -o parent=${own}`,
  );
}

function checkUp(device: string, surroundings: LanSurroundings): void {
  if ((Number(fact(surroundings, device, 'flags')) & isUp) !== 0) return;
  refuse(device, 'it is down', `ip link set dev ${device} up`);
}

function tapWay(device: string, mtu: number, surroundings: LanSurroundings): LanWay {
  const { user } = surroundings;
  const owner = Number(fact(surroundings, device, 'owner') ?? '-1');
  const group = Number(fact(surroundings, device, 'group') ?? '-1');
  // As tun_not_capable() of the kernel has it.
  const mine =
    (owner !== -1 || group !== -1) &&
    (owner === -1 || owner === user.uid) &&
    (group === -1 || user.gids.includes(group));
  if (!mine) {
    refuse(
      device,
      'the tap does not belong to you',
      `ip tuntap del dev ${device} mode tap; ip tuntap add dev ${device} mode tap user ${user.name} && ip link set dev ${device} master BRIDGE up`,
    );
  }
  return { kind: 'tap', device, mtu };
}

function macvtapWay(device: string, mtu: number, surroundings: LanSurroundings): LanWay {
  // Documentation/networking of the kernel: its file is named by its index.
  const file = join(surroundings.files, `tap${fact(surroundings, device, 'ifindex') ?? ''}`);
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    refuse(device, `${file} does not belong to you`, `chown ${surroundings.user.name} ${file}`);
  }
  return {
    kind: 'macvtap',
    device,
    mtu,
    file,
    mac: fact(surroundings, device, 'address') ?? '',
  };
}

function openWay(device: string, mtu: number, surroundings: LanSurroundings): LanWay {
  const flags = Number(fact(surroundings, device, 'tun_flags') ?? '0');
  if (existsSync(join(surroundings.devices, device, 'macvtap'))) {
    return macvtapWay(device, mtu, surroundings);
  }
  if ((flags & isTap) !== 0) return tapWay(device, mtu, surroundings);
  const isBridge = fact(surroundings, device, 'bridge/stp_state') !== null;
  return isBridge ? bridgeWay(device, mtu, surroundings) : refuseForeign(device, surroundings);
}

/**
 * The way by which a device of this machine leads to its network. Throws BryoError `bad-network` where none is open,
 * with what an administrator has to do.
 */
export function findLanWay(device: string, surroundings = lanSurroundings()): LanWay {
  const mtu = Number(fact(surroundings, device, 'mtu') ?? '0');
  const way = openWay(device, mtu, surroundings);
  checkUp(device, surroundings);
  return way;
}

/** The device that a macvlan is made on in the bridges' network, for one of this machine. */
export function innerName(device: string): string {
  return `lan${makeHash('sha256').update(device).digest('hex').slice(0, 8)}`;
}
