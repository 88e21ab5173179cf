import { randomInt } from 'node:crypto';
import { BryoError } from '../../base/errors.ts';
import { version } from '../../base/version.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import {
  type KubeValue,
  unlessBare,
  unlessEmpty,
  writeDocument,
  writeFile,
} from '../../kube/write.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { findPod } from '../../pod/records.ts';
import type { Engine } from '../engine.ts';
import { findVolume, type VolumeView } from '../volumes/volumes.ts';
import {
  type DescribedPod,
  type DescribeOptions,
  describeContainers,
  describePod,
} from './describe-pod.ts';

/** Kinds of documents that pods are written as. */
export const generateTypes = ['pod', 'deployment', 'daemonset', 'job'] as const;
export type GenerateType = (typeof generateTypes)[number];

export interface GenerateRequest extends DescribeOptions {
  /** Containers, pods and volumes. */
  names: readonly string[];
  type: GenerateType;
  /** Pods of a deployment. */
  replicas: number;
}

type Members = Readonly<Record<string, KubeValue>>;

const sharedNote = `
# NOTE: The namespace sharing for a pod has been modified by the user and is not the same as the
# default settings for kubernetes. This can lead to unexpected behavior when running the generated
# kube yaml in a kubernetes cluster.
`;

const volumesNote = `
# NOTE: If you generated this yaml from an unprivileged and rootless podman container on an SELinux
# enabled system, check the podman generate kube man page for steps to follow to ensure that your pod/container
# has the right permissions to access the volumes added.
`;

interface Found {
  containers: ContainerRecord[];
  pods: PodRecord[];
  volumes: VolumeView[];
}

/** The first of several look-ups that finds something; null: none does. */
function firstFound<T>(lookUp: () => T, absence: string): T | null {
  try {
    return lookUp();
  } catch (error) {
    if (error instanceof BryoError && error.code === absence) return null;
    throw error;
  }
}

function find({ store }: Engine, names: readonly string[]): Found {
  const found: Found = { containers: [], pods: [], volumes: [] };
  for (const name of names) {
    const container = firstFound(() => findRecord(store, name), 'no-such-container');
    if (container !== null) {
      const { pod } = container.options;
      if (pod !== null) {
        throw new BryoError(
          'bad-pod',
          `container ${container.id} is associated with pod ${pod}: use generate on the pod itself`,
        );
      }
      found.containers.push(container);
      continue;
    }
    const pod = firstFound(() => findPod(store, name), 'no-such-pod');
    const volume =
      pod === null ? firstFound(() => findVolume(store, name), 'no-such-volume') : null;
    if (pod !== null) found.pods.push(pod);
    else if (volume !== null) found.volumes.push(volume);
    else throw new BryoError('no-such-object', `name or ID ${JSON.stringify(name)} not found`);
  }
  return found;
}

/** The time of writing, as Kubernetes has times. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function claimOf({ name, labels, driver, options = {} }: VolumeView): Members {
  const owner = (key: string): string | undefined =>
    new RegExp(`(?:^|,)${key}=(\\d+)`).exec(options['o'] ?? '')?.[1];
  const annotations = {
    driver: driver ?? 'local',
    device: options['device'],
    type: options['type'],
    'mount-options': options['o'],
    uid: owner('uid'),
    gid: owner('gid'),
    image: options['image'],
  };
  const named = Object.entries(annotations).map(([key, value]) => [
    `volume.podman.io/${key}`,
    value,
  ]);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      annotations: Object.fromEntries(named),
      creationTimestamp: now(),
      labels: unlessBare(labels),
      name,
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
}

/** The reason why a kind cannot be had, in the words of podman; null: it can. */
function refusal({ type, replicas }: GenerateRequest, restart: string | undefined): string | null {
  const isAlways = restart === undefined || restart === 'Always';
  switch (type) {
    case 'deployment':
      return isAlways ? null : 'k8s Deployments can only have restartPolicy set to Always';
    case 'daemonset':
      if (!isAlways) return 'k8s DaemonSets can only have restartPolicy set to Always';
      return replicas > 1 ? "k8s DaemonSets don't allow setting replicas" : null;
    case 'job':
      return restart === 'Always'
        ? 'k8s Jobs can not have restartPolicy set to Always; only Never and OnFailure policies allowed'
        : null;
    default:
      return null;
  }
}

/** A pod as the kind that was asked for. */
function documentOf(pod: DescribedPod, request: GenerateRequest): Members {
  const { type, replicas } = request;
  const why = refusal(request, pod.spec.restartPolicy);
  if (why !== null) throw new BryoError('bad-kube', why);
  const labels = { app: pod.name };
  const creationTimestamp = now();
  const annotations = unlessBare(pod.annotations);
  const metadata = { annotations, creationTimestamp, labels, name: pod.name };
  if (type === 'pod') return { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec };
  const own = { creationTimestamp, labels, name: `${pod.name}-${type}` };
  if (type === 'job') {
    const template = { metadata, spec: { ...pod.spec, restartPolicy: 'Never' } };
    const spec = { completions: 1, parallelism: 1, template };
    return { apiVersion: 'batch/v1', kind: 'Job', metadata: own, spec };
  }
  return {
    apiVersion: 'apps/v1',
    kind: type === 'deployment' ? 'Deployment' : 'DaemonSet',
    metadata: own,
    spec: {
      replicas: replicas > 1 ? replicas : undefined,
      selector: { matchLabels: labels },
      template: { metadata, spec: pod.spec },
    },
  };
}

/** A service for the ports of a pod, at ports of the cluster's nodes that are chosen by chance. */
function serviceOf({ name, spec }: DescribedPod): Members {
  const ports = spec.containers.flatMap(({ ports: own }) => (own ?? []) as readonly Members[]);
  const used = new Set<number>();
  const nodePort = (): number => {
    let port = randomInt(30_000, 32_768);
    while (used.has(port)) port = port === 32_767 ? 30_000 : port + 1;
    used.add(port);
    return port;
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { creationTimestamp: now(), labels: { app: name }, name },
    spec: {
      ports: unlessEmpty(
        ports.map(({ containerPort, protocol }) => ({
          name: String(containerPort),
          nodePort: nodePort(),
          port: containerPort,
          protocol,
          targetPort: containerPort,
        })),
      ),
      selector: { app: name },
      type: 'NodePort',
    },
  };
}

/** Whether the containers of a pod share what those of Kubernetes do. */
function sharesAsUsual({ shared }: PodRecord): boolean {
  return (['ipc', 'net', 'uts'] as const).every((kind) => shared.includes(kind));
}

function checkReplicas({ type, replicas }: GenerateRequest): void {
  if (replicas > 1 && type !== 'deployment') {
    throw new BryoError('usage', '--replicas can only be set when --type is set to deployment');
  }
}

/**
 * Writes containers, pods and volumes as Kubernetes YAML, in the order of podman: claims, services, pods. Throws
 * BryoError `no-such-object`, and others for what Kubernetes has no words for.
 */
export function generateKube(engine: Engine, request: GenerateRequest): string {
  checkReplicas(request);
  const { containers, pods, volumes } = find(engine, request.names);
  const before = volumes.map((volume) => writeDocument(claimOf(volume)));
  if (!pods.every(sharesAsUsual)) before.unshift(sharedNote);
  const described = pods.map((pod) => describePod(engine, pod, request));
  const services = described.map(serviceOf);
  if (containers.length > 0) {
    const pod = describeContainers(engine, containers, request);
    if (request.service) services.push(serviceOf(pod));
    if (pod.spec['volumes'] !== undefined) before.push(volumesNote);
    described.push(pod);
  }
  const after = described.map((pod) => writeDocument(documentOf(pod, request)));
  const between = request.service ? services.map(writeDocument) : [];
  return writeFile([...before, ...between, ...after], `bryo-${version}`);
}
