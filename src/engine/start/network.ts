import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import type { SpecCircumstances } from '../../container/spec/build.ts';
import { readContainerState } from '../../monitor/state.ts';
import { buildHosts, hostHosts } from '../../network/hosts.ts';
import { type NetworkPlan, planNetwork } from '../../network/plan.ts';
import { buildResolvConf, hostResolver } from '../../network/resolv-conf.ts';
import type { UsernsInput } from '../../plan/launch-input.ts';
import type { Engine } from '../engine.ts';
import { makeRunDirectory } from './mounts.ts';

/** A start's network: what the plan, the OCI configuration and the container's files need of it. */
export interface StartNetwork {
  plan: NetworkPlan;
  spec: SpecCircumstances['network'];
  /** The user namespace to join, when the network belongs to another container. */
  userns: UsernsInput | null;
  hosts: string | null;
  resolvConf: string | null;
}

/** The payload of the container whose network is to be shared. */
function sharedPayload(engine: Engine, nameOrId: string): number {
  const other = findRecord(engine.store, nameOrId);
  const state = readContainerState(engine.store, other.id);
  if (state.status !== 'running') {
    throw new BryoError(
      'not-running',
      `cannot join the network of container ${nameOrId}: it is not running`,
    );
  }
  if (other.options.userns.mode !== 'host') {
    throw new BryoError(
      'bad-network',
      `cannot join the network of container ${nameOrId}: it has a user namespace of its own (--userns)`,
    );
  }
  return state.pid;
}

function specNetwork(plan: NetworkPlan, pid: number | null): SpecCircumstances['network'] {
  if (plan.kind === 'host') return { kind: 'host' };
  if (pid !== null) return { kind: 'join', path: `/proc/${pid}/ns/net` };
  return { kind: 'own' };
}

/** Decides how a container is connected. Throws BryoError for ports in use, missing programs, … */
export async function decideNetwork(
  engine: Engine,
  record: ContainerRecord,
  hostname: string,
): Promise<StartNetwork> {
  const { options } = record;
  const runDirectory = makeRunDirectory(engine.tmpdir, record.id);
  const plan = await planNetwork({
    request: options.network,
    ports: options.ports,
    runDirectory,
    networkConfigDir: engine.networkConfigDir,
  });
  const pid = plan.kind === 'container' ? sharedPayload(engine, plan.container) : null;
  return {
    plan,
    spec: specNetwork(plan, pid),
    userns: pid === null ? null : { kind: 'join', path: `/proc/${pid}/ns/user` },
    hosts: options.noHosts ? null : hostsFile(record, plan, hostname),
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

function hostsFile(record: ContainerRecord, plan: NetworkPlan, hostname: string): string {
  const helper = plan.kind === 'helper' ? plan : null;
  const hostAddress = plan.kind === 'host' ? '127.0.0.1' : (helper?.hostAddress ?? null);
  return buildHosts({
    base: hostHosts(),
    added: addedHosts(record, hostAddress),
    address: helper?.address ?? null,
    hostAddress,
    hostname,
    name: record.name,
  });
}

function resolvConfFile(record: ContainerRecord, plan: NetworkPlan): string {
  const { options } = record;
  return buildResolvConf({
    host: hostResolver(),
    servers: options.dns,
    search: options.dnsSearch,
    options: options.dnsOptions,
    helperServer: plan.kind === 'helper' ? plan.dns : null,
    sharesHost: plan.kind === 'host',
  });
}
