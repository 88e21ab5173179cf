import { unpublished } from '../../container/ports.ts';
import { shownImage } from '../../container/record.ts';
import { type ContainerView, stateName } from '../../engine/containers/describe.ts';
import { bridgeSettings, noAddresses } from '../../engine/containers/inspect/bridges.ts';
import { mountViews } from '../../engine/containers/inspect/mounts.ts';
import type { ContainerSize } from '../../engine/containers/own-layer.ts';
import { portOwner, readPorts } from '../../engine/containers/ports.ts';
import type { Engine } from '../../engine/engine.ts';
import { networkNames } from '../../request/network.ts';
import { viewStatus } from '../podman/status.ts';
import { dockerDefaultNetwork, dockerNetworkName, familiarName } from './names.ts';

/** The surroundings of a listed container. */
export interface ListedWith {
  now: Date;
  defaultNetwork: string;
  /** Null: it was not asked for. */
  size: ContainerSize | null;
}

/** Docker's names of states; it has fewer. */
export function dockerState(state: string): string {
  if (state === 'starting' || state === 'initialized') return 'created';
  return state === 'stopping' ? 'running' : state;
}

function statusOf(view: ContainerView, now: Date): string {
  const { state } = view;
  if (state.status !== 'running' || !state.paused) return viewStatus(view, now);
  return `${viewStatus({ ...view, state: { ...state, paused: false } }, now)} (Paused)`;
}

function ports(engine: Engine, view: ContainerView): Record<string, unknown>[] {
  const { record, state } = portOwner(engine.store, view);
  const published = state.status === 'running' ? readPorts(engine.store, record.id) : [];
  const shown = published.map(({ hostIp, hostPort, containerPort, protocol }) => ({
    IP: hostIp,
    PrivatePort: containerPort,
    PublicPort: hostPort,
    Type: protocol,
  }));
  const others = unpublished(view.record, published);
  return [...shown, ...others.map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol }))];
}

/** The name of the network that a container is on, in docker's words. */
export function dockerNetworkMode({ record }: ContainerView, defaultNetwork: string): string {
  const { network } = record.options;
  switch (network.mode) {
    case 'none':
    case 'host':
      return network.mode;
    case 'container':
      return `container:${network.container}`;
    case 'bridge': {
      const [first] = networkNames(network);
      return first === undefined ? 'none' : dockerNetworkName(first, defaultNetwork);
    }
    default:
      return dockerDefaultNetwork;
  }
}

const unconnected = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  NetworkID: '',
  DriverOpts: null,
};

function networks(engine: Engine, view: ContainerView, defaultNetwork: string) {
  const { record, state } = view;
  const { network } = record.options;
  if (network.mode === 'container' || network.mode === 'path') return {};
  if (network.mode !== 'bridge') {
    return { [dockerNetworkMode(view, defaultNetwork)]: { ...unconnected, ...noAddresses } };
  }
  const shown = bridgeSettings(engine, { record, state, ports: [] }, network.networks).networks;
  return Object.fromEntries(
    Object.entries(shown).map(([name, one]) => [dockerNetworkName(name, defaultNetwork), one]),
  );
}

function mounts(engine: Engine, { record }: ContainerView): Record<string, unknown>[] {
  return mountViews(engine, { record }).map(({ Options: _, ...mount }) => mount);
}

/** A container of a listing as Docker Engine's API has it (ContainerSummary). */
export function dockerContainer(
  engine: Engine,
  view: ContainerView,
  { now, defaultNetwork, size }: ListedWith,
): Record<string, unknown> {
  const { record, state } = view;
  const image = shownImage(record);
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: familiarName(record.options.image ?? image?.name ?? ''),
    ImageID: image === null ? '' : `sha256:${image.id}`,
    Command: record.args.join(' '),
    Created: Math.floor(Date.parse(record.createdAt) / 1000),
    Ports: ports(engine, view),
    ...(size !== null && { SizeRw: size.rw, SizeRootFs: size.rootFs }),
    Labels: record.labels,
    State: dockerState(stateName(state)),
    Status: statusOf(view, now),
    HostConfig: { NetworkMode: dockerNetworkMode(view, defaultNetwork) },
    NetworkSettings: { Networks: networks(engine, view, defaultNetwork) },
    Mounts: mounts(engine, view),
  };
}
