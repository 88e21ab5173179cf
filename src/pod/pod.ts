import { BryoError } from '../base/errors.ts';
import type { DeviceRequest } from '../request/devices.ts';
import type { RestartRequest } from '../request/lifecycle.ts';
import type { ResourceLimits } from '../request/limits.ts';
import type { MountRequest, VolumesFrom } from '../request/mounts/types.ts';
import { noSecurityChoices, type SecurityChoices } from '../request/security.ts';

/** Namespaces that the containers of a pod can share (podman-pod-create(1), --share). */
export const sharedKinds = ['cgroup', 'ipc', 'net', 'pid', 'uts', 'user'] as const;
export type SharedKind = (typeof sharedKinds)[number];

/** When a pod whose containers have all ended is stopped. */
export type ExitPolicy = 'continue' | 'stop';

/** The things that every container of a pod has beside its own. */
export interface InheritedOptions {
  /** With those of --volumes-from and of devices. */
  mounts: MountRequest[];
  devices: DeviceRequest[];
  /** Variables that devices of CDI bring along. */
  deviceEnv: Record<string, string>;
  security: SecurityChoices;
}

export function nothingInherited(): InheritedOptions {
  return { mounts: [], devices: [], deviceEnv: {}, security: noSecurityChoices() };
}

/** The making of a pod: by whom, when and how. */
export interface PodOrigin {
  /** RFC 3339. */
  createdAt: string;
  /** The maker's process (src/native/processes.ts). */
  creator: string;
  /** The command line that made it. */
  createCommand: string[];
}

/** How the containers of a pod belong together. */
export interface PodBonds {
  /** The container that holds what is shared; null: nothing is. */
  infraId: string | null;
  shared: SharedKind[];
  exitPolicy: ExitPolicy;
  cgroupParent: string | null;
  /** The limits of its containers together; null: there are none, and no group of its own. */
  resources: ResourceLimits | null;
}

/** pods/<id>.json: a pod as it was created; what runs in it the records of its containers tell. */
export interface PodRecord extends PodOrigin, PodBonds, InheritedOptions {
  version: 1;
  id: string;
  name: string;
  labels: Record<string, string>;
  hostname: string;
  /** For containers that say nothing of their own. */
  restart: RestartRequest;
  /** Where mounts come from, as it was asked for. */
  volumesFrom: VolumesFrom[];
}

const defaultShared: readonly SharedKind[] = ['ipc', 'net', 'uts'];

/**
 * `--share`: a list, a list of additions that begins with `+`, or nothing at all (`none` or empty).
 * Throws BryoError `bad-flag-value`.
 */
export function readShare(text: string | null): SharedKind[] {
  if (text === null) return [...defaultShared];
  if (text === '' || text === 'none') return [];
  const words = text.replace(/^\+/, '').split(',').filter(Boolean);
  const shared: SharedKind[] = text.startsWith('+') ? [...defaultShared] : [];
  for (const word of words) {
    const kind = sharedKinds.find((known) => known === word);
    if (kind === undefined) {
      throw new BryoError(
        'bad-flag-value',
        `invalid kernel namespace to share: ${word}. Options are: cgroup, ipc, net, pid, uts or none`,
      );
    }
    if (!shared.includes(kind)) shared.push(kind);
  }
  return shared.sort();
}
