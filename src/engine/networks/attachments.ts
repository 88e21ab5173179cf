import { BryoError } from '../../base/errors.ts';
import { shortId } from '../../container/id.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { Attachment } from '../../network/attachment.ts';
import { findNetwork, lockNetworks, type NetworkDirectory } from '../../network/config/networks.ts';
import { resolveAttachment } from '../../network/config/resolve.ts';
import { hostAddress } from '../../network/host-address.ts';
import { readPod } from '../../pod/records.ts';
import type { AttachmentRequest } from '../../request/attachment.ts';
import { addressRule, type EgressRule, readEgressRule } from '../../request/egress.ts';
import type { NetworkRequest } from '../../request/network.ts';
import { configuredHostAddress } from '../containers/configured.ts';
import type { Engine } from '../engine.ts';
import { networkDirectory } from './directory.ts';

/** The first name eth0, eth1, … that no other interface of the container has. */
export function freeInterfaceName(taken: ReadonlySet<string>): string {
  for (let index = 0; ; index += 1) if (!taken.has(`eth${index}`)) return `eth${index}`;
}

function withInterfaceNames(networks: readonly AttachmentRequest[]): AttachmentRequest[] {
  const taken = new Set(networks.flatMap(({ interfaceName }) => interfaceName ?? []));
  return networks.map((one) => {
    if (one.interfaceName !== null) return one;
    const interfaceName = freeInterfaceName(taken);
    taken.add(interfaceName);
    return { ...one, interfaceName };
  });
}

function checkNames(networks: readonly AttachmentRequest[]): void {
  const repeated = <T>(values: readonly T[]) =>
    values.find((value, at) => value !== null && values.indexOf(value) !== at);
  const network = repeated(networks.map((one) => one.network));
  if (network !== undefined) {
    throw new BryoError('bad-network', `network ${network} is given more than once`);
  }
  const name = repeated(networks.map(({ interfaceName }) => interfaceName));
  if (name !== undefined) {
    throw new BryoError('bad-network', `interface_name ${name} is given more than once`);
  }
}

/** Names that say nothing of the container, to look at an attachment with. */
const noNames = { name: '', shortId: '', hostname: null };

function egressRules(words: readonly string[] | undefined): EgressRule[] | null {
  return words === undefined ? null : words.map(readEgressRule);
}

/**
 * A request with each network by its name and each interface with one, as records have it. Throws BryoError
 * `no-such-network`, `ambiguous-id`, and `bad-network` for addresses that the network does not have.
 */
export function namedNetworks(
  engine: Engine,
  request: NetworkRequest,
  egress?: readonly string[],
): NetworkRequest {
  if (request.mode !== 'bridge') return request;
  const directory = networkDirectory(engine);
  const networks = request.networks.map((asked, index) => {
    const network = findNetwork(directory, asked.network ?? directory.defaultName);
    resolveAttachment(network, asked, { names: noNames, index, egress: egressRules(egress) });
    return { ...asked, network: network.name };
  });
  checkNames(networks);
  return { mode: 'bridge', networks: withInterfaceNames(networks) };
}

/** A request of which the networks are there until they are released. */
export interface HeldNetworks {
  /** With each network by its name, as records have it. */
  request: NetworkRequest;
  release(): void;
}

/**
 * As namedNetworks; the networks stay until `release`, so that none goes between being found and being recorded as
 * used.
 */
export async function holdNamedNetworks(
  engine: Engine,
  request: NetworkRequest,
  egress?: readonly string[],
): Promise<HeldNetworks> {
  const lock = await lockNetworks(networkDirectory(engine), 'shared');
  try {
    return { request: namedNetworks(engine, request, egress), release: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The addresses that a name has in a container's /etc/hosts by what it was made with. */
function hostsOf(engine: Pick<Engine, 'config'>, record: ContainerRecord, name: string): string[] {
  const { addHosts, noHosts } = record.options;
  if (noHosts) return [];
  const configured = configuredHostAddress(engine);
  const host = configured === undefined ? hostAddress() : configured;
  const added = addHosts.filter((one) => one.host.toLowerCase() === name);
  const own = ['host.containers.internal', 'host.docker.internal'].includes(name)
    ? ['host-gateway']
    : [];
  return [...added.map(({ address }) => address), ...own].flatMap((address) =>
    address === 'host-gateway' ? (host ?? []) : address,
  );
}

/** A container's rules, and for names of its own hosts file those with their addresses: nobody else resolves them. */
function rulesOf(engine: Pick<Engine, 'config'>, record: ContainerRecord): EgressRule[] | null {
  const rules = egressRules(record.options.egress);
  return (
    rules?.flatMap((rule) => {
      const { name, to } = rule;
      const addresses = name === null ? [] : hostsOf(engine, record, name);
      return [rule, ...addresses.map((address) => ({ ...addressRule(address), to }))];
    }) ?? null
  );
}

/** The name of what shares a network: of the pod, where a container holds one's (podman). */
function nameInNetwork({ store }: Pick<Engine, 'store'>, record: ContainerRecord): string {
  const { pod } = record.options;
  const isHolder = record.rootfs.kind === 'holder';
  return isHolder && pod !== null ? (readPod(store, pod)?.name ?? record.name) : record.name;
}

/** One attachment of a container's record, resolved. Throws as namedNetworks does. */
export function attachmentOf(
  engine: Pick<Engine, 'store' | 'config'>,
  directory: NetworkDirectory,
  record: ContainerRecord,
  request: AttachmentRequest,
): Attachment {
  const network = findNetwork(directory, request.network ?? directory.defaultName);
  const names = {
    name: nameInNetwork(engine, record),
    shortId: shortId(record.id),
    hostname: record.options.hostname,
  };
  const egress = rulesOf(engine, record);
  return resolveAttachment(network, request, { names, index: 0, egress });
}

/** The networks of a container, resolved for a start. Throws as namedNetworks does. */
export function attachmentsOf(engine: Engine, record: ContainerRecord): Attachment[] {
  const { network } = record.options;
  if (network.mode !== 'bridge') return [];
  const directory = networkDirectory(engine);
  return network.networks.map((request) => attachmentOf(engine, directory, record, request));
}

/** Names that a container has in a network beside its own (podman's Aliases). */
export function aliasesOf(record: ContainerRecord, request: AttachmentRequest): string[] {
  const { hostname } = record.options;
  return [...request.aliases, shortId(record.id), ...(hostname === null ? [] : [hostname])];
}
