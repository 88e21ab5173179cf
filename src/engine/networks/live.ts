import { existsSync } from 'node:fs';
import type { ContainerRecord } from '../../container/record.ts';
import { type Attachment, gatewaysOf } from '../../network/attachment.ts';
import {
  type ConnectTarget,
  connectRunning,
  disconnectRunning,
} from '../../network/bridge/connect.ts';
import {
  withHostAddress,
  withoutHostAddresses,
  withoutServers,
  withServers,
} from '../../network/live-files.ts';
import {
  type InterfaceStatus,
  readNetworkStatus,
  writeNetworkStatus,
} from '../../network/status.ts';
import { type ContainerFile, fileIn } from '../../store/container-files.ts';
import { storePaths } from '../../store/paths.ts';
import { networkDefaults } from '../containers/configured.ts';
import { editInPlace } from '../containers/start/edit-in-place.ts';
import { hostnameOf } from '../containers/start/hostname.ts';
import type { Engine } from '../engine.ts';

function targetOf(engine: Engine, { id, options }: ContainerRecord, pid: number): ConnectTarget {
  return {
    store: engine.store,
    containerId: id,
    pid,
    idMap: engine.idMap(),
    defaults: networkDefaults(engine),
    servers: options.dns.filter((server) => server !== 'none'),
  };
}

/** Changes a file that the container has mounted; one that it has of its image is none of bryo's. */
function edit(directory: string, file: ContainerFile, change: (text: string) => string): void {
  const path = fileIn(directory, file);
  if (existsSync(path)) editInPlace(path, change);
}

function v4Of({ addresses }: InterfaceStatus): string[] {
  return addresses.map(({ address }) => address).filter((address) => !address.includes(':'));
}

/** Connects a running container, and tells its files of it. Throws BryoError as connectRunning does. */
export async function connectLive(
  engine: Engine,
  { record, pid }: { record: ContainerRecord; pid: number },
  attachment: Attachment,
): Promise<void> {
  const status = await connectRunning(targetOf(engine, record, pid), attachment);
  const directory = storePaths.container(engine.store, record.id);
  writeNetworkStatus(directory, [...readNetworkStatus(directory), status]);
  const { options } = record;
  const names = [...new Set([hostnameOf(engine, record), record.name])];
  if (!options.noHosts) {
    for (const address of v4Of(status)) {
      edit(directory, 'hosts', (text) => withHostAddress(text, address, names));
    }
  }
  const { network } = attachment;
  if (network.dns && options.dns[0] !== 'none') {
    const servers = gatewaysOf(network).map(({ address }) => address);
    edit(directory, 'resolvConf', (text) => withServers(text, servers));
  }
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
  writeNetworkStatus(
    directory,
    interfaces.filter((one) => one !== gone),
  );
  const names = [hostnameOf(engine, record), record.name];
  const addresses = gone.addresses.map(({ address }) => address);
  edit(directory, 'hosts', (text) => withoutHostAddresses(text, addresses, names));
  const gateways = gone.addresses.flatMap(({ gateway }) => gateway ?? []);
  edit(directory, 'resolvConf', (text) => withoutServers(text, gateways));
}
