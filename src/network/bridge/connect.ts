import { closeSync, readFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { addon } from '../../native/addon.ts';
import { processStartTicks } from '../../native/processes.ts';
import { encodeRecords } from '../../plan/encode.ts';
import type { EventsInput } from '../../plan/launch-input.ts';
import type { PlanRecord } from '../../plan/ops.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { Attachment } from '../attachment.ts';
import { openLan, portOf } from '../lan/join.ts';
import type { InterfaceStatus } from '../status.ts';
import type { NetworkDefaults } from '../types.ts';
import { interfaceStatus } from './attach.ts';
import { type LiveAttachment, liveAttachment } from './changed.ts';
import { storeHolder } from './holder.ts';
import { leaseAddresses } from './leases.ts';
import { joinLan, takeAttachment } from './plan.ts';
import { runBridgeMode } from './run-mode.ts';
import { type BridgeSpaces, openBridgeSpaces } from './spaces.ts';

/** A running container whose networks are changed. */
export interface ConnectTarget {
  store: Store;
  containerId: string;
  /** Of its process. */
  pid: number;
  idMap: IdMap;
  defaults: NetworkDefaults;
  /** The container's own name servers. */
  servers: readonly string[];
  /** How what an egress policy refuses is told of; null: nobody is told. */
  events: EventsInput | null;
}

function runMode(
  mode: 'connect' | 'disconnect',
  { pid, containerId }: ConnectTarget,
  { words, fds }: { words: readonly string[]; fds: readonly number[] },
): void {
  const ticks = processStartTicks(pid);
  if (ticks === null) {
    throw new BryoError('not-running', `container ${containerId} has just ended`);
  }
  const problem = runBridgeMode(mode, { words: ['--target', `${pid}:${ticks}`, ...words], fds });
  if (problem === null) return;
  // Rights over the bridges' namespaces of this moment, which are others once the directory of the former ones is gone.
  const isForeign = problem.endsWith('Operation not permitted');
  throw new BryoError(
    'no-bridges',
    `cannot ${mode} container ${containerId}: ${problem}`,
    isForeign
      ? { hint: 'if the runtime directory was removed while it ran: bryo restart CONTAINER' }
      : {},
  );
}

function spacesOf({ store, idMap, defaults }: ConnectTarget): Promise<BridgeSpaces> {
  const { directory, holder } = storeHolder(store, idMap, defaults);
  return openBridgeSpaces(directory, holder);
}

/** Makes an interface; `leases` are kept until it has gone. */
function connect(
  target: ConnectTarget,
  { users, network, lease }: BridgeSpaces,
  { record, leases }: { record: PlanRecord; leases: readonly number[] },
): void {
  const records = addon().memfdSealed('bryo-attachment', encodeRecords([record]));
  try {
    runMode('connect', target, { words: [], fds: [users, network, records, lease, ...leases] });
  } finally {
    closeSync(records);
  }
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd);
}

/**
 * Connects a running container to a network. A small process of its own keeps the address until the interface has
 * gone. Throws BryoError `address-taken`, `no-address`, `no-bridges`, `bad-network`.
 */
export async function connectRunning(
  target: ConnectTarget,
  attachment: Attachment,
): Promise<InterfaceStatus> {
  let attached = takeAttachment(target, attachment);
  const held: number[] = attached.lease === null ? [] : [attached.lease.fd];
  try {
    const spaces = await spacesOf(target);
    const { users, network, lease } = spaces;
    const leases = [...held];
    held.push(users, network, lease);
    attached = await joinLan(target.store, attached, spaces, (lan) => {
      leases.push(lan);
      held.push(lan);
    });
    const { link, ...rest } = attached.input;
    connect(target, spaces, { record: { op: 'attachment', ...link, ...rest }, leases });
    return interfaceStatus(attached.attachment, attached.input, attached.addresses);
  } finally {
    closeAll(held);
  }
}

function hasInterface(pid: number, name: string): boolean {
  const lines = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n');
  return lines.some((line) => line.split(':')[0]?.trim() === name);
}

/** The lock on the addresses of an interface that its monitor does not keep; null: there is none to take. */
function retakeLease({ store }: ConnectTarget, { attachment, status }: LiveAttachment) {
  const { network } = attachment;
  const isOwn = status.late === true && network.ipam === 'host-local' && network.subnets.length > 0;
  if (!isOwn) return null;
  const { addresses } = status;
  return leaseAddresses(storePaths.runNetwork(store, network.id), { ...attachment, addresses });
}

/**
 * Gives a running container its interface on the LAN back that it has lost because an administrator has removed the
 * bridge and made it again; one that it still has, or has by another way, stays. Throws BryoError `bad-network` where
 * the way is not open, and as connectRunning.
 */
export async function reconnectRunning(target: ConnectTarget, live: LiveAttachment): Promise<void> {
  const { store, containerId, pid } = target;
  const way = portOf(store, live.attachment.network);
  if (way === null) return;
  const spaces = await spacesOf(target);
  const { users, network, lease } = spaces;
  const held = [users, network, lease];
  try {
    await openLan(store, way, spaces);
    const { status } = live;
    if (hasInterface(pid, status.interfaceName)) return;
    const own = retakeLease(target, live);
    if (own !== null) held.push(own.fd);
    const record = liveAttachment(live, storePaths.container(store, containerId));
    connect(target, spaces, { record, leases: own === null ? [] : [own.fd] });
  } finally {
    closeAll(held);
  }
}

/** Takes an interface away from a running container. Throws BryoError `no-bridges`. */
export async function disconnectRunning(
  target: ConnectTarget,
  interfaceName: string,
): Promise<void> {
  const { users, network, lease } = await spacesOf(target);
  try {
    const words = ['--interface', interfaceName];
    runMode('disconnect', target, { words, fds: [users, network] });
  } finally {
    closeAll([users, network, lease]);
  }
}
