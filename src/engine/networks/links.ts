import { BryoError } from '../../base/errors.ts';
import { shortId } from '../../container/id.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { replaceRecord } from '../../container/registration.ts';
import { leasePlaces } from '../../network/bridge/leases.ts';
import { findNetwork, lockNetworks, type NetworkDirectory } from '../../network/config/networks.ts';
import { addName } from '../../network/name-files.ts';
import { readNetworkStatus } from '../../network/status.ts';
import type { AttachmentRequest, ContainerLink } from '../../request/attachment.ts';
import { storePaths } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { aliasesOf, attachmentOf } from './attachments.ts';
import { networkDirectory } from './directory.ts';

function networksOf({ options: { network } }: ContainerRecord): AttachmentRequest[] {
  return network.mode === 'bridge' ? network.networks : [];
}

/** Tells the name service of a network of a further name of a container that runs, or will be started. */
function addAlias(
  engine: Engine,
  directory: NetworkDirectory,
  record: ContainerRecord,
  { request, alias }: { request: AttachmentRequest; alias: string },
): void {
  const asked = { ...request, aliases: [...request.aliases, alias] };
  const networks = networksOf(record).map((one) => (one === request ? asked : one));
  const options = { ...record.options, network: { mode: 'bridge' as const, networks } };
  replaceRecord(engine.store, { ...record, options });
  const status = readNetworkStatus(storePaths.container(engine.store, record.id)).find(
    ({ network }) => network === request.network,
  );
  const addresses = status?.addresses.map(({ address }) => address) ?? [];
  if (status === undefined || addresses.length === 0) return;
  const attachment = attachmentOf(engine, directory, record, asked);
  const { host } = leasePlaces(attachment, addresses);
  addName(engine.store, { networkId: status.networkId, host }, alias);
}

/**
 * Makes containers known by the names of links (docker's `--link CONTAINER:ALIAS`) to a container that is on these
 * networks. A link's alias becomes a name of the linked container for all on the network: names belong to networks
 * here. Throws BryoError `no-such-container`, and `bad-network` where they have no network with names in common.
 */
export async function linkContainers(
  engine: Engine,
  networks: readonly (string | null)[],
  links: readonly ContainerLink[],
): Promise<void> {
  if (links.length === 0) return;
  const directory = networkDirectory(engine);
  const lock = await lockNetworks(directory, 'exclusive');
  try {
    const named = networks
      .map((name) => findNetwork(directory, name ?? directory.defaultName))
      .filter(({ dns }) => dns)
      .map(({ name }) => name);
    for (const { container, alias } of links) {
      const record = findRecord(engine.store, container);
      const request = networksOf(record).find(({ network }) => named.includes(network ?? ''));
      if (request === undefined) {
        throw new BryoError(
          'bad-network',
          `cannot link to container ${record.name} as ${alias}: the containers have no network with names in common`,
          { hint: 'create a network, and connect both to it' },
        );
      }
      const known = [record.name, shortId(record.id), ...aliasesOf(record, request)];
      if (known.some((name) => name.toLowerCase() === alias.toLowerCase())) continue;
      addAlias(engine, directory, record, { request, alias });
    }
  } finally {
    lock.release();
  }
}
