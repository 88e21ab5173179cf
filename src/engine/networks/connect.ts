import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { replaceRecord } from '../../container/registration.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { findNetwork, lockNetworks } from '../../network/config/networks.ts';
import type { AttachmentRequest } from '../../request/attachment.ts';
import type { Engine } from '../engine.ts';
import { recordConnection } from '../events.ts';
import { attachmentOf, freeInterfaceName } from './attachments.ts';
import { networkDirectory } from './directory.ts';

/** Only containers on bridges can be connected to further ones. Throws BryoError `bad-network` as podman. */
function networksOf({ options }: ContainerRecord): AttachmentRequest[] {
  const { network } = options;
  if (network.mode === 'bridge') return network.networks;
  const mode = network.mode === 'default' ? 'slirp4netns' : network.mode;
  throw new BryoError(
    'bad-network',
    `${JSON.stringify(mode)} is not supported: invalid network mode`,
  );
}

function withNetworks(record: ContainerRecord, networks: AttachmentRequest[]): ContainerRecord {
  return { ...record, options: { ...record.options, network: { mode: 'bridge', networks } } };
}

/** Changes a container's networks while nobody else changes networks; `pid`: of its process, null if it does not run. */
async function change(
  engine: Engine,
  container: string,
  action: (record: ContainerRecord, pid: number | null) => Promise<void>,
): Promise<void> {
  const found = findRecord(engine.store, container);
  networksOf(found);
  const lock = await lockNetworks(networkDirectory(engine), 'exclusive');
  try {
    const record = findRecord(engine.store, found.id);
    const state = await settledContainerState(engine.store, record.id);
    await action(record, state.status === 'running' ? state.pid : null);
  } finally {
    lock.release();
  }
}

/**
 * Connects a container to a further network; one that it is connected to already stays as it is. Throws BryoError
 * `no-such-container`, `no-such-network`, `bad-network`.
 */
export async function connectNetwork(
  engine: Engine,
  container: string,
  request: AttachmentRequest,
): Promise<void> {
  const directory = networkDirectory(engine);
  await change(engine, container, async (record, pid) => {
    const networks = networksOf(record);
    const network = findNetwork(directory, request.network ?? directory.defaultName);
    if (networks.some((one) => one.network === network.name)) {
      if (pid === null) return;
      throw new BryoError(
        'network-connected',
        `container ${record.id} is already connected to network ${network.name}: network is already connected`,
      );
    }
    const taken = new Set(networks.flatMap(({ interfaceName }) => interfaceName ?? []));
    const asked = {
      ...request,
      network: network.name,
      interfaceName: request.interfaceName ?? freeInterfaceName(taken),
    };
    const attachment = attachmentOf(engine, directory, record, asked);
    if (pid !== null) {
      const { connectLive } = await import('./live.ts');
      await connectLive(engine, { record, pid }, attachment);
    }
    replaceRecord(engine.store, withNetworks(record, [...networks, asked]));
    recordConnection(engine, record, 'connect', network.name);
  });
}

/**
 * Disconnects a container from a network. Throws BryoError `no-such-container`, `no-such-network`, and `bad-network`
 * where it is not connected.
 */
export async function disconnectNetwork(
  engine: Engine,
  container: string,
  nameOrId: string,
): Promise<void> {
  const directory = networkDirectory(engine);
  await change(engine, container, async (record, pid) => {
    const { name } = findNetwork(directory, nameOrId);
    const networks = networksOf(record);
    const kept = networks.filter(({ network }) => network !== name);
    if (kept.length === networks.length) {
      throw new BryoError(
        'bad-network',
        `container ${container} is not connected to network ${nameOrId}`,
      );
    }
    if (pid !== null) {
      const { disconnectLive } = await import('./live.ts');
      await disconnectLive(engine, { record, pid }, name);
    }
    replaceRecord(engine.store, withNetworks(record, kept));
    recordConnection(engine, record, 'disconnect', name);
  });
}
