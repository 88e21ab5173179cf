import { existsSync } from 'node:fs';
import type { ContainerRecord } from '../../container/record.ts';
import { type Attachment, gatewaysOf } from '../../network/attachment.ts';
import { writeChangedNetworks } from '../../network/bridge/changed.ts';
import {
  type ConnectTarget,
  connectRunning,
  disconnectRunning,
  reconnectRunning,
} from '../../network/bridge/connect.ts';
import { leasePlaces } from '../../network/bridge/leases.ts';
import {
  withHostAddress,
  withoutHostAddresses,
  withoutServers,
  withServers,
} from '../../network/live-files.ts';
import { removeNames } from '../../network/name-files.ts';
import {
  type InterfaceStatus,
  readNetworkStatus,
  writeNetworkStatus,
} from '../../network/status.ts';
import { type AttachmentRequest, plainAttachment } from '../../request/attachment.ts';
import { type ContainerFile, containerFile } from '../../store/container-files.ts';
import { storePaths } from '../../store/paths.ts';
import { networkDefaults } from '../containers/configured.ts';
import { readPorts } from '../containers/ports.ts';
import { editInPlace } from '../containers/start/edit-in-place.ts';
import { hostnameOf } from '../containers/start/hostname.ts';
import type { Engine } from '../engine.ts';
import { monitorEvents } from '../events.ts';
import { attachmentOf } from './attachments.ts';
import { networkDirectory } from './directory.ts';

function targetOf(engine: Engine, record: ContainerRecord, pid: number): ConnectTarget {
  const { id, options } = record;
  return {
    store: engine.store,
    containerId: id,
    pid,
    idMap: engine.idMap(),
    defaults: networkDefaults(engine),
    servers: options.dns.filter((server) => server !== 'none'),
    events: monitorEvents(engine, record),
  };
}

/** Changes a file that the container has mounted; one that it has of its image is none of bryo's. */
async function edit(
  engine: Engine,
  { id }: ContainerRecord,
  file: ContainerFile,
  change: (text: string) => string,
): Promise<void> {
  const path = containerFile(engine.store, id, file);
  if (existsSync(path)) await editInPlace(path, () => engine.idMap(), change);
}

function rateIn({ options }: ContainerRecord, name: string): Pick<AttachmentRequest, 'rate'> {
  const { network } = options;
  if (network.mode !== 'bridge') return {};
  const rate = network.networks.find((one) => one.network === name)?.rate;
  return rate === undefined ? {} : { rate };
}

/** Has the container's interfaces known to whoever shows them, and to its monitor for a restart. */
function writeInterfaces(
  engine: Engine,
  record: ContainerRecord,
  interfaces: readonly InterfaceStatus[],
): void {
  const { store } = engine;
  writeNetworkStatus(storePaths.container(store, record.id), interfaces);
  const directory = networkDirectory(engine);
  const live = interfaces.map((status) => ({
    status,
    attachment: attachmentOf(engine, directory, record, {
      ...plainAttachment(status.network),
      interfaceName: status.interfaceName,
      ...rateIn(record, status.network),
    }),
  }));
  const target = { store, containerId: record.id };
  writeChangedNetworks(target, live, readPorts(store, record.id));
}

/** Connects a running container, and tells its files of it. Throws BryoError as connectRunning does. */
export async function connectLive(
  engine: Engine,
  { record, pid }: { record: ContainerRecord; pid: number },
  attachment: Attachment,
): Promise<void> {
  const status = await connectRunning(targetOf(engine, record, pid), attachment);
  const directory = storePaths.container(engine.store, record.id);
  writeInterfaces(engine, record, [...readNetworkStatus(directory), { ...status, late: true }]);
  const { options } = record;
  const names = [...new Set([hostnameOf(engine, record), record.name])];
  if (!options.noHosts) {
    for (const { address } of status.addresses) {
      await edit(engine, record, 'hosts', (text) => withHostAddress(text, address, names));
    }
  }
  const { network, policy } = attachment;
  if ((network.dns || policy !== null) && options.dns[0] !== 'none') {
    const servers = gatewaysOf(network).map(({ address }) => address);
    await edit(engine, record, 'resolvConf', (text) => withServers(text, servers));
  }
}

/** Gives a running container back what it has lost of the LAN. Throws BryoError as reconnectRunning does. */
export async function reconnectLive(
  engine: Engine,
  { record, pid }: { record: ContainerRecord; pid: number },
  attachments: readonly Attachment[],
): Promise<void> {
  const target = targetOf(engine, record, pid);
  for (const status of readNetworkStatus(storePaths.container(engine.store, record.id))) {
    const attachment = attachments.find(({ network }) => network.name === status.network);
    if (attachment?.network.link.driver !== 'macvlan') continue;
    await reconnectRunning(target, {
      attachment: { ...attachment, interfaceName: status.interfaceName },
      status,
    });
  }
}

/** The monitor keeps an address of the container's start, and with it the name, until its end. */
function forgetNames(
  engine: Engine,
  record: ContainerRecord,
  { network, networkId, addresses }: InterfaceStatus,
): void {
  const directory = networkDirectory(engine);
  const attachment = attachmentOf(engine, directory, record, plainAttachment(network));
  const own = addresses.map(({ address }) => address);
  if (own.length === 0) return;
  removeNames(engine.store, { networkId, host: leasePlaces(attachment, own).host });
}

/** Disconnects a running container, and tells its files of it. Throws BryoError as disconnectRunning does. */
export async function disconnectLive(
  engine: Engine,
  { record, pid }: { record: ContainerRecord; pid: number },
  networkName: string,
): Promise<void> {
  const directory = storePaths.container(engine.store, record.id);
  const interfaces = readNetworkStatus(directory);
  const gone = interfaces.find(({ network }) => network === networkName);
  if (gone === undefined) return;
  await disconnectRunning(targetOf(engine, record, pid), gone.interfaceName);
  const kept = interfaces.filter((one) => one !== gone);
  writeInterfaces(engine, record, kept);
  forgetNames(engine, record, gone);
  const names = [hostnameOf(engine, record), record.name];
  const addresses = gone.addresses.map(({ address }) => address);
  await edit(engine, record, 'hosts', (text) => withoutHostAddresses(text, addresses, names));
  const gateways = gone.addresses.flatMap(({ gateway }) => gateway ?? []);
  await edit(engine, record, 'resolvConf', (text) => withoutServers(text, gateways));
}
