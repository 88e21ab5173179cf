import { BryoError } from '../../../base/errors.ts';
import { recentRecords } from '../../../container/recent-records.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { readRecord } from '../../../container/records.ts';
import type { SpecCircumstances } from '../../../container/spec/build.ts';
import type { Attachment } from '../../../network/attachment.ts';
import type { BridgePlan } from '../../../network/bridge/plan.ts';
import { hostAddress } from '../../../network/host-address.ts';
import { buildHosts, hostHosts } from '../../../network/hosts.ts';
import { type NetworkPlan, planNetwork } from '../../../network/plan.ts';
import {
  buildResolvConf,
  hasReachableServer,
  hostResolver,
  type Resolver,
} from '../../../network/resolv-conf.ts';
import { storePaths } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';
import { monitorEvents } from '../../events.ts';
import { configuredHostAddress, networkDefaults } from '../configured.ts';
import { makeRunDirectory } from './mounts.ts';
import { readCapped } from './read-capped.ts';
import type { NetworkOwner } from './runtime-files.ts';
import { usernsOwner } from './userns.ts';

/** A start's network: what the plan, the OCI configuration and the container's files need of it. */
export interface StartNetwork {
  plan: NetworkPlan;
  spec: SpecCircumstances['network'];
  /** The container whose network it is; null: it has one of its own. */
  owner: NetworkOwner | null;
  hosts: string | null;
  resolvConf: string | null;
}

function specNetwork({ kind }: NetworkPlan): SpecCircumstances['network'] {
  if (kind === 'host') return { kind };
  return { kind: kind === 'joined' ? 'join' : 'own' };
}

/** The container that has the network in the end, and with it the files about it; null: none. */
function networkOwner(engine: Engine, { options }: ContainerRecord): ContainerRecord | null {
  const { network } = options;
  if (network.mode !== 'container') return null;
  const owner = readRecord(engine.store, network.container);
  return owner === null ? null : (networkOwner(engine, owner) ?? owner);
}

function describeOwner(
  engine: Engine,
  owner: ContainerRecord,
  member: ContainerRecord,
): NetworkOwner {
  const { store } = engine;
  const { id, name, options } = owner;
  const hosts = options.addHosts.map(({ host }) => host);
  const others = recentRecords(store).records.map((record) => record.name);
  return {
    directory: storePaths.container(store, id),
    names: new Set([name, options.hostname ?? '', ...hosts, ...others]),
    sameRoot: usernsOwner(engine, owner).id === usernsOwner(engine, member).id,
  };
}

/** Loaded only for containers that are on networks with names. */
async function attachments(engine: Engine, record: ContainerRecord): Promise<Attachment[]> {
  if (record.options.network.mode !== 'bridge') return [];
  const { attachmentsOf } = await import('../../networks/attachments.ts');
  return attachmentsOf(engine, record);
}

/** Decides how a container is connected. Throws BryoError for ports in use, missing programs, … */
export async function decideNetwork(
  engine: Engine,
  record: ContainerRecord,
  hostname: string,
  shown: boolean,
): Promise<StartNetwork> {
  const { options } = record;
  const runDirectory = makeRunDirectory(engine.tmpdir, record.id);
  const plan = await planNetwork({
    request: options.network,
    ports: options.ports,
    runDirectory,
    defaults: networkDefaults(engine),
    bridges: {
      store: engine.store,
      containerId: record.id,
      attachments: await attachments(engine, record),
      servers: options.dns.filter((server) => server !== 'none'),
      events: monitorEvents(engine, record),
      idMap: engine.idMap(),
      shown,
    },
  });
  const owner = networkOwner(engine, record);
  return {
    plan,
    spec: specNetwork(plan),
    owner: owner === null ? null : describeOwner(engine, owner, record),
    hosts: options.noHosts ? null : hostsFile(engine, record, plan, hostname),
    resolvConf: resolvConfFile(record, plan),
  };
}

/** host-gateway stands for the host as seen from inside. */
function addedHosts(record: ContainerRecord, gateway: string | null) {
  return record.options.addHosts.map(({ host, address }) => {
    if (address !== 'host-gateway') return { host, address };
    if (gateway !== null) return { host, address: gateway };
    throw new BryoError(
      'bad-host',
      `--add-host ${host}:host-gateway: this network has no way to the host`,
    );
  });
}

/** Lines that /etc/hosts begins with (--hosts-file). */
function baseHosts(path: string | null): string {
  if (path === null) return hostHosts();
  return path === 'none' ? '' : readCapped(path, '--hosts-file');
}

/** The host's address as the network has it; one that nothing leads to where there is no network (podman). */
function ownHostAddress(plan: NetworkPlan): string | null {
  if (plan.kind === 'host') return '127.0.0.1';
  if (plan.kind === 'joined') return null;
  return plan.kind === 'helper' ? plan.hostAddress : hostAddress();
}

function ownAddresses(plan: NetworkPlan): string[] {
  if (plan.kind === 'bridges') return plan.addresses;
  return plan.kind !== 'helper' || plan.address === null ? [] : [plan.address];
}

function hostsFile(
  engine: Engine,
  record: ContainerRecord,
  plan: NetworkPlan,
  hostname: string,
): string {
  const own = ownHostAddress(plan);
  const configured = configuredHostAddress(engine);
  const address = configured === undefined ? own : configured;
  return buildHosts({
    base: baseHosts(record.options.files.hostsFile),
    baseAsked: record.options.files.hostsFile !== null,
    added: addedHosts(record, address),
    addresses: ownAddresses(plan),
    hostAddress: address,
    hostname,
    name: record.name,
  });
}

/** A host's resolver for a container that cannot reach servers by IPv6. */
function withoutIpv6(host: Resolver): Resolver {
  return { ...host, servers: host.servers.filter((server) => !server.includes(':')) };
}

function resolvConfFile(record: ContainerRecord, plan: NetworkPlan): string | null {
  const { options } = record;
  if (options.dns[0] === 'none') return null;
  if (plan.kind === 'bridges') return bridgeResolvConf(record, plan);
  const host = hostResolver();
  const hasIpv6 = plan.kind !== 'helper' || plan.mode === 'pasta' || plan.dns6 !== undefined;
  return buildResolvConf({
    host: hasIpv6 ? host : withoutIpv6(host),
    servers: options.dns,
    search: options.dnsSearch,
    options: options.dnsOptions,
    helperServer: plan.kind === 'helper' ? plan.dns : null,
    ...(plan.kind === 'helper' && plan.dns6 !== undefined && { helperServer6: plan.dns6 }),
    sharesHost: plan.kind === 'host',
  });
}

/** With a name service of the networks that is asked, and asks the container's own servers itself. */
function bridgeResolvConf({ options }: ContainerRecord, plan: BridgePlan): string {
  const all = hostResolver();
  const host = plan.addresses.some((address) => address.includes(':')) ? all : withoutIpv6(all);
  const named = plan.dns.length > 0;
  return buildResolvConf({
    host: named ? { ...host, search: [plan.domain, ...host.search] } : host,
    servers: named
      ? plan.dns
      : [...options.dns, ...(options.dns.length > 0 ? [] : plan.lanServers)],
    search: options.dnsSearch,
    options: options.dnsOptions,
    helperServer: hasReachableServer(host) ? null : plan.uplinkServer,
    sharesHost: false,
  });
}
