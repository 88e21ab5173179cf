import { BryoError } from '../../base/errors.ts';
import { shortId } from '../../container/id.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { type KubeValue, unlessBare, unlessEmpty } from '../../kube/write.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { defaultContainerOptions, type SharedNetworkRequest } from '../../request/container.ts';
import type { RestartRequest } from '../../request/lifecycle.ts';
import type { Engine } from '../engine.ts';
import {
  type DescribedContainer,
  describeContainer,
  describePorts,
  kubeName,
} from './describe-container.ts';

type Members = Readonly<Record<string, KubeValue>>;

/** A pod in the words of Kubernetes: what its document, or the template of another one, says. */
export interface DescribedPod {
  name: string;
  annotations: Readonly<Record<string, string>>;
  spec: Members & { containers: readonly Members[]; restartPolicy: string | undefined };
}

export interface DescribeOptions {
  /** Ports are a service's. */
  service: boolean;
  /** With annotations that only podman, and bryo, heed. */
  podmanOnly: boolean;
}

const prefix = 'io.podman.annotations';

/** Annotations of a container under the name that it has in its pod. */
function annotationsOf(
  { name, options, labels }: ContainerRecord,
  { podmanOnly }: DescribeOptions,
): Record<string, string> {
  const own = Object.entries(options.annotations)
    .filter(([key]) => key !== 'io.kubernetes.cri-o.SandboxID')
    .map(([key, value]) => [key.includes('/') ? key : `${key}/${kubeName(name)}`, value] as const);
  const updates = Object.entries(labels)
    .filter(([key]) => key.startsWith('io.containers.autoupdate'))
    .map(([key, value]) => [`${key}/${kubeName(name)}`, value] as const);
  const flags = {
    autoremove: options.remove,
    init: options.init,
    privileged: options.security.privileged,
    'publish-all': options.publishAll,
  };
  const reserved = Object.entries(flags)
    .filter(([, given]) => podmanOnly && given)
    .map(([key]) => [`${prefix}.${key}/${kubeName(name)}`, 'TRUE'] as const);
  return Object.fromEntries([...own, ...updates, ...reserved]);
}

function ulimitsOf({ options }: ContainerRecord): Record<string, string> {
  const words = options.ulimits.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`);
  return words.length === 0 ? {} : { [`${prefix}.ulimit`]: words.join(',') };
}

function dnsOf({ dns, dnsSearch, dnsOptions }: SharedNetworkRequest): KubeValue {
  return unlessBare({
    nameservers: unlessEmpty(dns.filter((server) => server !== 'none')),
    searches: unlessEmpty(dnsSearch),
    options: unlessEmpty(
      dnsOptions.map((option) => {
        const [name = '', value] = option.split(/:(.*)/s);
        return { name, value };
      }),
    ),
  });
}

/** The word for a policy; undefined: nobody has asked for one, and Kubernetes' own counts. */
function restartPolicy({ policy }: RestartRequest, asked: boolean): string | undefined {
  if (policy === 'on-failure') return 'OnFailure';
  if (policy === 'no') return asked ? 'Never' : undefined;
  return 'Always';
}

function asksForRestart(createCommand: readonly string[]): boolean {
  return createCommand.some((word) => /^--restart(=|$)/.test(word));
}

/** The first container whose time to end is not the usual one. */
function gracePeriod(records: readonly ContainerRecord[]): number | undefined {
  const usual = defaultContainerOptions().stopTimeout;
  return records.find(({ options }) => options.stopTimeout !== usual)?.options.stopTimeout;
}

interface DescribedParts {
  containers: Members[];
  initContainers: Members[];
  volumes: Members[];
}

function describeAll(
  engine: Engine,
  records: readonly ContainerRecord[],
  options: DescribeOptions,
): DescribedParts {
  const volumes = new Map<string, DescribedContainer['volumes'][number]>();
  const parts: Omit<DescribedParts, 'volumes'> = { containers: [], initContainers: [] };
  for (const record of records) {
    const described = describeContainer(engine, record, options);
    parts[record.options.initCtr === null ? 'containers' : 'initContainers'].push(
      described.container,
    );
    for (const volume of described.volumes) volumes.set(volume.name, volume);
  }
  return { ...parts, volumes: [...volumes.values()] };
}

/** Containers without a pod, as one. Throws BryoError for what Kubernetes has no words for. */
export function describeContainers(
  engine: Engine,
  records: readonly ContainerRecord[],
  options: DescribeOptions,
): DescribedPod {
  const { containers, initContainers, volumes } = describeAll(engine, records, options);
  const [first] = records;
  const isHost = records.every((record) => record.options.network.mode === 'host');
  const isMapped = records.some((record) => record.options.userns.mode !== 'host');
  const own = records.find((record) => record.options.initCtr === null);
  const hostname = records.find((record) => record.options.hostname !== null)?.options.hostname;
  const [dns] = records.flatMap((record) => dnsOf(record.options) ?? []);
  return {
    name: `${kubeName(first?.name ?? '')}-pod`,
    annotations: Object.assign(
      {},
      ...records.flatMap((record) => [annotationsOf(record, options), ulimitsOf(record)]),
    ),
    spec: {
      containers,
      initContainers: unlessEmpty(initContainers),
      volumes: unlessEmpty(volumes),
      dnsConfig: dns,
      hostname: hostname ?? undefined,
      hostNetwork: isHost || undefined,
      hostUsers: isMapped ? false : undefined,
      restartPolicy:
        own === undefined
          ? undefined
          : restartPolicy(own.options.restart, asksForRestart(own.createCommand)),
      terminationGracePeriodSeconds: gracePeriod(records),
    },
  };
}

function podAnnotations(pod: PodRecord, holder: ContainerRecord | undefined) {
  const usual = `${shortId(pod.id)}-infra`;
  const mode = holder?.options.userns.mode;
  return {
    ...(holder !== undefined && holder.name !== usual && { [`${prefix}.infra.name`]: holder.name }),
    ...((mode === 'auto' || mode === 'keep-id' || mode === 'nomap') && {
      [`${prefix}.userns`]: mode,
    }),
  };
}

/** The members of a pod's description that its holder tells. */
function holderMembers({ options }: ContainerRecord): Members {
  return {
    dnsConfig: dnsOf(options),
    hostAliases: unlessEmpty(
      options.addHosts.map(({ host, address }) => ({ hostnames: [host], ip: address })),
    ),
    hostNetwork: options.network.mode === 'host' || undefined,
    hostUsers: options.userns.mode === 'host' ? undefined : false,
  };
}

/** The ports of the pod stand at its first container that lasts. */
function withPorts(containers: Members[], ports: Members[]): Members[] {
  if (ports.length === 0) return containers;
  return containers.map((container, index) => (index === 0 ? { ...container, ports } : container));
}

/** A pod. Throws BryoError for what Kubernetes has no words for, and for one without containers. */
export function describePod(
  engine: Engine,
  pod: PodRecord,
  options: DescribeOptions,
): DescribedPod {
  const all = membersOf(engine.store, pod.id);
  const holder = all.find(isHolder);
  const members = all
    .filter((record) => !isHolder(record))
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  const [first] = members;
  if (first === undefined) {
    const why = holder === undefined ? 'has no containers' : 'only has an infra container';
    throw new BryoError('bad-pod', `pod ${pod.id} ${why}`);
  }
  const { containers, initContainers, volumes } = describeAll(engine, members, options);
  const ports = holder === undefined ? [] : describePorts(holder.options.ports, options.service);
  const isAsked = asksForRestart(pod.createCommand);
  const restart = pod.restart.policy === 'no' && isAsked ? first.options.restart : pod.restart;
  const hasOwnHostname = pod.shared.includes('uts') && pod.hostname !== pod.name;
  return {
    name: kubeName(pod.name),
    annotations: Object.assign(
      podAnnotations(pod, holder),
      ...members.map((record) => annotationsOf(record, options)),
    ),
    spec: {
      containers: withPorts(containers, ports),
      initContainers: unlessEmpty(initContainers),
      volumes: unlessEmpty(volumes),
      ...(holder !== undefined && holderMembers(holder)),
      hostname: hasOwnHostname ? pod.hostname : undefined,
      restartPolicy: restartPolicy(restart, isAsked),
      shareProcessNamespace: pod.shared.includes('pid') || undefined,
      terminationGracePeriodSeconds: gracePeriod(members),
    },
  };
}
