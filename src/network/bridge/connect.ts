import { closeSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { IdMap } from '../../base/id-map.ts';
import { addon } from '../../native/addon.ts';
import { processStartTicks } from '../../native/processes.ts';
import { encodeRecords } from '../../plan/encode.ts';
import type { EventsInput } from '../../plan/launch-input.ts';
import type { Store } from '../../store/paths.ts';
import type { Attachment } from '../attachment.ts';
import type { InterfaceStatus } from '../status.ts';
import type { NetworkDefaults } from '../types.ts';
import { interfaceStatus } from './attach.ts';
import { joinLan, storeHolder, takeAttachment } from './plan.ts';
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
  throw new BryoError('no-bridges', `cannot ${mode} container ${containerId}: ${problem}`);
}

function spacesOf({ store, idMap, defaults }: ConnectTarget): Promise<BridgeSpaces> {
  const { directory, holder } = storeHolder(store, idMap, defaults);
  return openBridgeSpaces(directory, holder);
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
    const leases = [lease, ...held];
    held.push(users, network, lease);
    attached = await joinLan(target.store, attached, spaces, (lan) => {
      leases.push(lan);
      held.push(lan);
    });
    const { link, ...rest } = attached.input;
    const encoded = encodeRecords([{ op: 'attachment', ...link, ...rest }]);
    const records = addon().memfdSealed('bryo-attachment', encoded);
    held.push(records);
    runMode('connect', target, { words: [], fds: [users, network, records, ...leases] });
    return interfaceStatus(attached.attachment, attached.input, attached.addresses);
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
