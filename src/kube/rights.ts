import type { KubeField } from './field.ts';

/** The filter of system calls. */
export type SeccompProfile =
  | { kind: 'default' | 'unconfined' }
  /** A path below the directory of profiles. */
  | { kind: 'file'; path: string };

/** Ids, labels and the filter of processes; null: not said. */
export interface UserChoice {
  user: number | null;
  group: number | null;
  /** Words of `--security-opt label=`. */
  labels: string[] | null;
  seccomp: SeccompProfile | null;
}

/** `securityContext` of a container; null: not said. */
export interface ContainerRights extends UserChoice {
  readOnlyRoot: boolean | null;
  privileged: boolean;
  noNewPrivileges: boolean;
  unmaskedProc: boolean;
  capAdd: string[];
  capDrop: string[];
  field: KubeField;
}

/** `securityContext` of a pod. */
export interface PodRights extends UserChoice {
  supplementalGroups: number[];
  sysctls: Record<string, string>;
}

/** Ids of users and groups (user_namespaces(7)). */
const largestId = 2 ** 32 - 2;

/** A profile of a file: it has to lie below the directory of profiles. */
function checkProfilePath(field: KubeField, path: string): string {
  if (path.startsWith('/') || path.split('/').some((part) => ['', '.', '..'].includes(part))) {
    throw field.problem(`${JSON.stringify(path)} is no path below the directory of profiles`);
  }
  return path;
}

/** A word of the annotations of seccomp: `unconfined`, `runtime/default`, `localhost/PATH`. */
export function readSeccompWord(field: KubeField): SeccompProfile {
  const word = field.needed();
  if (word === 'unconfined') return { kind: 'unconfined' };
  if (word === 'runtime/default' || word === 'docker/default') return { kind: 'default' };
  const [, path] = /^localhost\/(.*)$/s.exec(word) ?? [];
  if (path !== undefined) return { kind: 'file', path: checkProfilePath(field, path) };
  throw field.problem(`invalid seccomp path: ${word}`);
}

function readSeccomp(field: KubeField): SeccompProfile | null {
  if (field.isAbsent) return null;
  const type = field.get('type').choice(['RuntimeDefault', 'Unconfined', 'Localhost']);
  if (type === 'Unconfined') return { kind: 'unconfined' };
  if (type !== 'Localhost') return { kind: 'default' };
  const profile = field.get('localhostProfile');
  return { kind: 'file', path: checkProfilePath(profile, profile.needed()) };
}

function readLabels(field: KubeField): string[] | null {
  if (field.isAbsent) return null;
  // `filetype` is podman's own, which reads it whatever its case.
  const fileType = field.get('filetype').word() ?? field.get('fileType').word();
  return ['user', 'role', 'type', 'level', 'filetype'].flatMap((word) => {
    const value = word === 'filetype' ? fileType : field.get(word).word();
    return value === null ? [] : [`${word}:${value}`];
  });
}

function readUser(field: KubeField): UserChoice {
  return {
    user: field.get('runAsUser').number(0, largestId),
    group: field.get('runAsGroup').number(0, largestId),
    labels: readLabels(field.get('seLinuxOptions')),
    seccomp: readSeccomp(field.get('seccompProfile')),
  };
}

export function readContainerRights(field: KubeField): ContainerRights {
  const capabilities = field.get('capabilities');
  return {
    ...readUser(field),
    readOnlyRoot: field.get('readOnlyRootFilesystem').flag(),
    privileged: field.get('privileged').flag() ?? false,
    noNewPrivileges: field.get('allowPrivilegeEscalation').flag() === false,
    unmaskedProc: field.get('procMount').choice(['Default', 'Unmasked']) === 'Unmasked',
    capAdd: capabilities.get('add').texts(),
    capDrop: capabilities.get('drop').texts(),
    field,
  };
}

export function readPodRights(field: KubeField): PodRights {
  const groups = field.get('supplementalGroups').items();
  const sysctls = field.get('sysctls').items();
  return {
    ...readUser(field),
    supplementalGroups: groups.map((item) => item.number(0, largestId) ?? 0),
    sysctls: Object.fromEntries(
      sysctls.map((item) => [item.get('name').needed(), item.get('value').text() ?? '']),
    ),
  };
}
