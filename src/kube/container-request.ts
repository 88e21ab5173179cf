import { join } from 'node:path';
import {
  type ContainerOptions,
  defaultContainerOptions,
  type FilesystemRequest,
  type LifecycleRequest,
  type RightsRequest,
} from '../request/container.ts';
import { type DeviceRequest, readDevice } from '../request/devices.ts';
import { noLimits, type ResourceLimits } from '../request/limits.ts';
import type { LogRequest } from '../request/log.ts';
import { noSecurityChoices, readSecurityChoices } from '../request/security.ts';
import type { PodAnnotations } from './annotations.ts';
import type { KubeContainer } from './container-spec.ts';
import { expandVariables } from './expand.ts';
import { healthOf } from './health.ts';
import { mountsOf, type ReadyVolume } from './mounts.ts';
import type { PodObject } from './objects.ts';
import { restartOf } from './pod-request.ts';
import { type VariableContext, variablesOf } from './variables.ts';

/** The pod that a container is to be made for. */
export interface ContainerSurroundings {
  pod: PodObject;
  /** As the store knows it. */
  podId: string;
  infraId: string | null;
  annotations: PodAnnotations;
  volumes: ReadonlyMap<string, ReadyVolume>;
  variables: VariableContext;
  log: LogRequest;
  /** The directory of profiles for filters of system calls. */
  seccompRoot: string;
  /** Containers of the pod that are there already, by their names in the file. */
  earlier: ReadonlySet<string>;
}

/** Microseconds in which the time of processors is counted, as with podman's --cpus. */
const cpuPeriod = 100_000;

function userOf({ rights }: KubeContainer, { spec }: PodObject): string | null {
  const user = rights.user ?? spec.rights.user;
  const group = rights.group ?? spec.rights.group;
  if (group === null) return user === null ? null : String(user);
  return `${user ?? 0}:${group}`;
}

function seccompOf(container: KubeContainer, around: ContainerSurroundings): string | null {
  const { name, rights } = container;
  const profile =
    rights.seccomp ?? around.annotations.seccomp(name) ?? around.pod.spec.rights.seccomp;
  if (profile?.kind === 'file') return join(around.seccompRoot, profile.path);
  return profile?.kind === 'unconfined' ? 'unconfined' : null;
}

function rightsOf(container: KubeContainer, around: ContainerSurroundings): RightsRequest {
  const { rights, name } = container;
  const { privileged } = rights;
  const label = around.annotations.label(name);
  const labels = [
    ...(rights.labels ?? around.pod.spec.rights.labels ?? []),
    ...(label === null ? [] : [label]),
  ];
  const choices = {
    ...noSecurityChoices(),
    noNewPrivileges: rights.noNewPrivileges,
    seccomp: seccompOf(container, around) ?? (privileged ? 'unconfined' : null),
    unmask: privileged || rights.unmaskedProc ? ['ALL'] : [],
  };
  const words = labels.map((word) => `label=${word}`);
  return {
    capAdd: [...(privileged ? ['ALL'] : []), ...rights.capAdd],
    capDrop: rights.capDrop,
    security: {
      privileged,
      hardened: false,
      ...rights.field.named(() => readSecurityChoices(words, choices)),
    },
  };
}

function resourcesOf({ limits, requests }: KubeContainer): ResourceLimits {
  const { cpu, memory } = limits;
  return {
    ...noLimits(),
    ...(cpu !== null && cpu > 0 && { cpuPeriod, cpuQuota: Math.round(cpu * cpuPeriod) }),
    memory: memory || null,
    memoryReservation: requests.memory || null,
  };
}

/** Devices by podman's names in limits and requests, each once. */
function devicesOf({ limits, requests }: KubeContainer): DeviceRequest[] {
  const named = new Map(
    [...requests.devices, ...limits.devices].map(({ name, field }) => [name, field]),
  );
  return [...named].map(([name, field]) => {
    const [, path] = /^podman\.io\/device=(.+)$/s.exec(name) ?? [];
    if (path === undefined) {
      throw field.problem('only devices by their paths are had: podman.io/device=/dev/…');
    }
    return field.named(() => readDevice(path));
  });
}

function filesystemOf(
  container: KubeContainer,
  around: ContainerSurroundings,
): Pick<FilesystemRequest, 'readOnly' | 'mounts' | 'volumesFrom' | 'devices'> {
  const { mounts, devices } = mountsOf(container, around.volumes);
  return {
    readOnly: container.rights.readOnlyRoot ?? false,
    mounts,
    volumesFrom: around.annotations.volumesFrom(container.name, {
      name: around.pod.name,
      earlier: around.earlier,
    }),
    devices: [...devices, ...devicesOf(container)],
  };
}

/** How a container ends: one that prepares something ends by itself. */
function lifecycleOf(
  container: KubeContainer,
  { pod, annotations }: ContainerSurroundings,
  isInit: boolean,
): Pick<LifecycleRequest, 'remove' | 'restart' | 'stopTimeout' | 'health' | 'sdnotify'> {
  const restart = isInit ? { policy: 'no' as const, max: 0 } : restartOf(pod.spec);
  return {
    remove: annotations.autoremove(container.name),
    restart,
    stopTimeout: pod.spec.gracePeriod ?? defaultContainerOptions().stopTimeout,
    health: healthOf(container, restart.policy !== 'no'),
    sdnotify: 'ignore',
  };
}

/**
 * The container that a pod's description asks for; `imageEnv` are the variables of its image, which command and
 * arguments may name. Throws BryoError `bad-kube`.
 */
export function containerRequest(
  container: KubeContainer,
  around: ContainerSurroundings,
  { isInit, imageEnv }: { isInit: boolean; imageEnv: Readonly<Record<string, string>> },
): ContainerOptions {
  const { name, process } = container;
  const { pod, annotations } = around;
  const env = variablesOf(container, around.variables);
  const expand = (words: string[] | null): string[] | null =>
    words?.map((word) => expandVariables(word, { ...imageEnv, ...env })) ?? null;
  return {
    ...defaultContainerOptions(),
    name: `${pod.name}-${name}`,
    image: container.image,
    labels: { ...annotations.updateLabels(name), ...pod.labels },
    annotations: {
      ...annotations.all,
      ...(around.infraId !== null && { 'io.kubernetes.cri-o.SandboxID': around.infraId }),
    },
    entrypoint: expand(process.command),
    command: expand(process.args) ?? [],
    env,
    workdir: process.workingDir,
    user: userOf(container, pod),
    groupAdd: pod.spec.rights.supplementalGroups.map(String),
    init: annotations.init(name),
    tty: process.tty,
    interactive: process.stdin,
    log: around.log,
    ...lifecycleOf(container, around, isInit),
    ...filesystemOf(container, around),
    ...rightsOf(container, around),
    resources: resourcesOf(container),
    ulimits: annotations.ulimits(),
    pid: pod.spec.namespaces.hostPid ? 'host' : 'private',
    pod: around.podId,
    initCtr: isInit ? annotations.initType() : null,
  };
}
