import { type KubeContainer, readContainer } from './container-spec.ts';
import type { KubeField } from './field.ts';
import { type PodRights, readPodRights } from './rights.ts';
import { readVolume, type VolumeSpec } from './volume-specs.ts';

/** Namespaces that a pod has of the host's, or lets its containers share. */
export interface PodNamespaces {
  hostNetwork: boolean;
  hostPid: boolean;
  hostIpc: boolean;
  /** Null: not said. */
  hostUsers: boolean | null;
  sharesPid: boolean;
}

/** Names in a pod, and who knows others. */
export interface PodNames {
  hostname: string | null;
  hostAliases: { address: string; hostnames: string[] }[];
  nameservers: string[];
  searches: string[];
  /** As resolv.conf(5) has them: `ndots:2`. */
  resolverOptions: string[];
}

/** `spec` of a pod, or of the template of one. */
export interface PodSpec {
  containers: KubeContainer[];
  initContainers: KubeContainer[];
  volumes: VolumeSpec[];
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Seconds; null: the usual time. */
  gracePeriod: number | null;
  namespaces: PodNamespaces;
  names: PodNames;
  rights: PodRights;
  field: KubeField;
}

function readNamespaces(field: KubeField): PodNamespaces {
  return {
    hostNetwork: field.get('hostNetwork').flag() ?? false,
    hostPid: field.get('hostPID').flag() ?? false,
    hostIpc: field.get('hostIPC').flag() ?? false,
    hostUsers: field.get('hostUsers').flag(),
    sharesPid: field.get('shareProcessNamespace').flag() ?? false,
  };
}

function readNames(field: KubeField): PodNames {
  const dns = field.get('dnsConfig');
  const policy = field.get('dnsPolicy');
  const policies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] as const;
  const nameservers = dns.get('nameservers').texts();
  if (policy.choice(policies) === 'None' && nameservers.length === 0) {
    throw policy.problem('None needs dnsConfig.nameservers');
  }
  return {
    hostname: field.get('hostname').word(),
    hostAliases: field
      .get('hostAliases')
      .items()
      .map((item) => ({
        address: item.get('ip').needed(),
        hostnames: item.get('hostnames').texts(),
      })),
    nameservers,
    searches: dns.get('searches').texts(),
    resolverOptions: dns
      .get('options')
      .items()
      .map((item) => {
        const value = item.get('value').text();
        return value === null ? item.get('name').needed() : `${item.get('name').needed()}:${value}`;
      }),
  };
}

/** Names are told apart within a pod. */
function checkNames(containers: readonly KubeContainer[]): void {
  const seen = new Set<string>();
  for (const { name, field } of containers) {
    if (seen.has(name)) {
      throw field.get('name').problem(`duplicate container name ${JSON.stringify(name)} detected`);
    }
    seen.add(name);
  }
}

function readInitContainer(field: KubeField): KubeContainer {
  const lasting = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'];
  const wrong = lasting.find((name) => !field.get(name).isAbsent);
  if (wrong === undefined) return readContainer(field);
  throw field
    .get(wrong)
    .problem(
      'cannot create an init container that has either of lifecycle, livenessProbe, readinessProbe, or startupProbe set',
    );
}

/** Each mount has to name a volume of the pod. */
function checkMounts(containers: readonly KubeContainer[], volumes: readonly VolumeSpec[]): void {
  const known = new Set(volumes.map(({ name }) => name));
  for (const { mounts } of containers) {
    const wrong = mounts.find(({ name }) => !known.has(name));
    if (wrong === undefined) continue;
    throw wrong.field
      .get('name')
      .problem(`volume mount ${wrong.name} specified for container but not configured in volumes`);
  }
}

/** Reads the description of a pod. Throws BryoError `bad-kube`. */
export function readPodSpec(field: KubeField): PodSpec {
  const containers = field.get('containers').items().map(readContainer);
  const initContainers = field.get('initContainers').items().map(readInitContainer);
  const volumes = field.get('volumes').items().map(readVolume);
  const all = [...initContainers, ...containers];
  checkNames(all);
  checkMounts(all, volumes);
  return {
    containers,
    initContainers,
    volumes,
    restartPolicy: field.get('restartPolicy').choice(['Always', 'OnFailure', 'Never']) ?? 'Always',
    gracePeriod: field.get('terminationGracePeriodSeconds').number(0),
    namespaces: readNamespaces(field),
    names: readNames(field),
    rights: readPodRights(field.get('securityContext')),
    field,
  };
}
