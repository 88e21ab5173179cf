import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { shortId } from '../../../container/id.ts';
import { exposedPorts, portKey } from '../../../container/ports.ts';
import { names } from '../../../contract/names.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { runFile } from '../../../store/container-files.ts';
import type { Engine } from '../../engine.ts';
import { bridgeSettings, noAddresses } from './bridges.ts';
import { networkMode } from './network-mode.ts';
import type { Subject } from './subject.ts';

interface Binding {
  HostIp: string;
  HostPort: string;
}

type PortObject = Record<string, Binding[] | null>;

function addBinding(ports: PortObject, key: string, binding: Binding): void {
  const others = ports[key] ?? null;
  if (others === null) ports[key] = [binding];
  else others.push(binding);
}

/** The published ports: those of a running container, else those that were asked for. */
export function portBindings({ record, state, ports }: Subject['network']): PortObject {
  const result: PortObject = {};
  const add = (key: string, HostIp: string, port: number): void => {
    const binding = { HostIp, HostPort: String(port) };
    // The name that podman's templates have for it, which its JSON does not show.
    Object.defineProperty(binding, 'HostIP', { value: HostIp, enumerable: false });
    addBinding(result, key, binding);
  };
  if (state.status === 'running') {
    for (const { containerPort, protocol, hostIp, hostPort } of ports) {
      add(`${containerPort}/${protocol}`, hostIp, hostPort);
    }
    return result;
  }
  return portRequests(record.options.ports);
}

/** The ports that were asked for. */
export function portRequests(ports: ContainerOptions['ports']): PortObject {
  const result: PortObject = {};
  for (const { hostIp, hostPort, containerPort, count, protocol, choices = 1 } of ports) {
    for (let at = 0; at < count; at += 1) {
      const key = `${containerPort + at}/${protocol}`;
      const first = hostPort === null ? '' : String(hostPort + at);
      const port =
        hostPort === null || choices === 1 ? first : `${first}-${hostPort + choices - 1}`;
      addBinding(result, key, { HostIp: hostIp ?? '0.0.0.0', HostPort: port });
    }
  }
  return result;
}

/** With the ports that the image or --expose tells of and nobody published. */
function allPorts(subject: Subject): PortObject {
  return {
    ...Object.fromEntries(exposedPorts(subject.record).map((port) => [portKey(port), null])),
    ...portBindings(subject.network),
  };
}

/** As podman lists what it makes no network for: the mode is the network, and has no addresses. */
function joinedNetworks(options: ContainerOptions): Record<string, unknown> | undefined {
  const { mode } = options.network;
  if (mode === 'container' || mode === 'path') return undefined;
  const name = networkMode(options);
  return {
    [name]: {
      ...noAddresses,
      NetworkID: name,
      DriverOpts: null,
      IPAMConfig: null,
      Links: null,
    },
  };
}

/** A path of the network namespace of a container that runs: with a name of its own, as podman's, if it has that. */
function sandboxKey({ store }: Engine, { record, state }: Subject): string {
  const { mode } = record.options.network;
  if (state.status !== 'running' || mode === 'host') return '';
  const links = runFile(store, record.id, 'networkLinks');
  const link = join(links, `${names.networkLinkPrefix}${shortId(record.id)}`);
  const named = mode !== 'none' && lstatSync(link, { throwIfNoEntry: false }) !== undefined;
  return named ? link : `/proc/${state.pid}/ns/net`;
}

export function networkSettings(engine: Engine, subject: Subject) {
  const { record, network } = subject;
  const request = network.record.options.network;
  const bridges =
    request.mode === 'bridge' ? bridgeSettings(engine, network, request.networks) : null;
  return {
    ...(bridges?.own ?? noAddresses),
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: allPorts(subject),
    SandboxKey: sandboxKey(engine, subject),
    Networks: bridges?.networks ?? joinedNetworks(record.options),
  };
}
