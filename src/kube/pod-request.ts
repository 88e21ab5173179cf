import { hostname } from 'node:os';
import { plainAttachment } from '../request/attachment.ts';
import { type ContainerOptions, defaultContainerOptions } from '../request/container.ts';
import type { RestartRequest } from '../request/lifecycle.ts';
import { readAddHosts, readDns, readHostname, readResolverWord } from '../request/names.ts';
import type { NetworkRequest } from '../request/network.ts';
import type { PortRequest } from '../request/ports.ts';
import { readUserns } from '../request/userns.ts';
import type { PodAnnotations } from './annotations.ts';
import type { ContainerPort } from './container-spec.ts';
import type { PodObject } from './objects.ts';
import type { PodSpec } from './pod-spec.ts';

/** Choices about the pods of a file, made beside it. */
export interface PodChoices {
  /** The network; null: the file's, else podman's default one for such pods. */
  network: NetworkRequest | null;
  noHosts: boolean;
  noHostname: boolean;
  /** Ports of `--publish`, which hold over the file's. */
  ports: readonly PortRequest[];
  /** Publish ports of which only the container's number is said. */
  publishAll: boolean;
  /** `--userns`; null: the file's. */
  userns: string | null;
}

/** A pod, and the options of what holds its namespaces. */
export interface KubePod {
  name: string;
  hostname: string | null;
  labels: Record<string, string>;
  sharesPid: boolean;
  restart: RestartRequest;
  infraName: string | null;
  options: ContainerOptions;
}

/** The network of pods that name none (podman-kube-play(1)). */
export const kubeNetwork = 'podman-default-kube';

export function restartOf({ restartPolicy }: PodSpec): RestartRequest {
  const policies = { Always: 'always', OnFailure: 'on-failure', Never: 'no' } as const;
  return { policy: policies[restartPolicy], max: 0 };
}

function portOf(port: ContainerPort, publishAll: boolean): PortRequest | null {
  const containerPort = port.containerPort ?? port.hostPort;
  const hostPort = port.hostPort ?? (publishAll ? containerPort : null);
  if (containerPort === null || hostPort === null) return null;
  return { hostIp: port.hostIp, hostPort, containerPort, count: 1, protocol: port.protocol };
}

function isPublished(port: PortRequest, published: readonly PortRequest[]): boolean {
  return published.some(
    ({ containerPort, count, protocol }) =>
      protocol === port.protocol &&
      port.containerPort >= containerPort &&
      port.containerPort < containerPort + count,
  );
}

function portsOf({ containers }: PodSpec, { ports, publishAll }: PodChoices): PortRequest[] {
  const own = containers.flatMap((container) =>
    container.ports.flatMap((port) => portOf(port, publishAll) ?? []),
  );
  return [...ports, ...own.filter((port) => !isPublished(port, ports))];
}

/** The network, in which the pod is also known by the names of its containers. */
function networkOf({ namespaces, containers }: PodSpec, { network }: PodChoices): NetworkRequest {
  if (network === null && namespaces.hostNetwork) return { mode: 'host' };
  const joined: NetworkRequest = network ?? {
    mode: 'bridge',
    networks: [plainAttachment(kubeNetwork)],
  };
  if (joined.mode !== 'bridge') return joined;
  const names = containers.map(({ name }) => name);
  const networks = joined.networks.map((one) => ({ ...one, aliases: [...one.aliases, ...names] }));
  return { ...joined, networks };
}

function usernsText(
  { name, spec }: PodObject,
  choices: PodChoices,
  annotations: PodAnnotations,
): string {
  if (choices.userns !== null) return choices.userns;
  const said = annotations.userns(name);
  if (said !== null) return said === 'private' ? 'auto' : said;
  return spec.namespaces.hostUsers === false ? 'auto' : 'host';
}

function namesOf({ names, field }: PodSpec, { noHosts }: PodChoices): Partial<ContainerOptions> {
  const aliases = field.get('hostAliases');
  if (noHosts && names.hostAliases.length > 0) {
    throw aliases.problem('HostAliases in yaml file will not work with --no-hosts');
  }
  const dns = field.get('dnsConfig');
  return {
    noHosts,
    addHosts: aliases.named(() =>
      names.hostAliases.flatMap(({ address, hostnames }) =>
        hostnames.flatMap((name) => readAddHosts(`${name}:${address}`)),
      ),
    ),
    dns: dns.named(() => readDns(names.nameservers)),
    dnsSearch: dns.named(() =>
      names.searches.map((word) => readResolverWord('--dns-search', word)),
    ),
    dnsOptions: dns.named(() =>
      names.resolverOptions.map((word) => readResolverWord('--dns-option', word)),
    ),
  };
}

/** The pod that an object asks for. Throws BryoError `bad-kube`, `bad-userns`, … */
export function podRequest(
  pod: PodObject,
  annotations: PodAnnotations,
  choices: PodChoices,
): KubePod {
  const { spec } = pod;
  const { namespaces } = spec;
  const usual = defaultContainerOptions();
  const network = networkOf(spec, choices);
  const host = namespaces.hostNetwork;
  const hostField = spec.field.get('hostname');
  const asked = hostField.named(() => readHostname('--hostname', spec.names.hostname));
  return {
    name: pod.name,
    hostname: host ? hostname() : asked,
    labels: pod.labels,
    sharesPid: namespaces.sharesPid,
    restart: restartOf(spec),
    infraName: annotations.infraName(),
    options: {
      ...usual,
      ...namesOf(spec, choices),
      network,
      ports: network.mode === 'host' || network.mode === 'none' ? [] : portsOf(spec, choices),
      userns: readUserns(usernsText(pod, choices, annotations), [], []),
      pid: namespaces.hostPid ? 'host' : usual.pid,
      ipc: namespaces.hostIpc ? 'host' : usual.ipc,
      uts: host ? 'host' : usual.uts,
      sysctls: spec.rights.sysctls,
      files: { ...usual.files, noHostname: choices.noHostname },
      log: { ...usual.log, driver: 'none' },
    },
  };
}
