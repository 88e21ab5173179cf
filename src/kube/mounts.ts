import type { DeviceRequest } from '../request/devices.ts';
import { readBindWords } from '../request/mounts/bind-words.ts';
import { type MountRequest, plainTmpfs } from '../request/mounts/types.ts';
import { splitList } from '../request/mounts/words.ts';
import type { KubeContainer, VolumeMount } from './container-spec.ts';

/** A volume of a pod that is ready to be mounted. */
export type ReadyVolume =
  | { kind: 'bind'; path: string }
  | { kind: 'device'; path: string }
  /** A named volume. */
  | { kind: 'volume'; name: string }
  /** `size` in bytes; null: no limit. */
  | { kind: 'memory'; size: number | null }
  | { kind: 'image'; name: string }
  /** Optional, and not there. */
  | { kind: 'absent' };

export interface VolumesOfContainer {
  mounts: MountRequest[];
  devices: DeviceRequest[];
}

const propagations = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' };

function mountOf(mount: VolumeMount, volume: ReadyVolume): MountRequest | null {
  const { field, subPath } = mount;
  const path = field.get('mountPath');
  const [target = '', words = '', more] = mount.path.split(':');
  if (more !== undefined) {
    throw path.problem(
      `${JSON.stringify(mount.path)} incorrect volume format, should be ctr-dir[:option]`,
    );
  }
  if (!target.startsWith('/')) throw path.problem('an absolute path is needed');
  const given = [
    ...splitList(words),
    ...(mount.readOnly ? ['ro'] : []),
    ...(mount.propagation === null ? [] : [propagations[mount.propagation]]),
  ];
  const { readOnly, ...how } = readBindWords(given, (why) => path.problem(why));
  const place = { target, readOnly, origin: `${field.document}: ${field.path}` };
  const below = subPath === null ? {} : { subpath: subPath };
  switch (volume.kind) {
    case 'bind':
      return { kind: 'bind', source: volume.path, ...place, how, ...below };
    case 'volume':
      return { kind: 'volume', name: volume.name, ...place, how, ...below };
    case 'image':
      return { kind: 'image', image: volume.name, ...place, readOnly: true, ...below };
    case 'memory': {
      const settings = volume.size === null ? {} : { size: String(volume.size) };
      return { kind: 'tmpfs', ...place, how: { ...plainTmpfs(), settings } };
    }
    default:
      return null;
  }
}

/** The mounts and devices that a container has of its pod's volumes. Throws BryoError `bad-kube`. */
export function mountsOf(
  { mounts }: KubeContainer,
  volumes: ReadonlyMap<string, ReadyVolume>,
): VolumesOfContainer {
  const found: VolumesOfContainer = { mounts: [], devices: [] };
  for (const mount of mounts) {
    const volume = volumes.get(mount.name) ?? { kind: 'absent' };
    const request = mountOf(mount, volume);
    if (request !== null) found.mounts.push(request);
    if (volume.kind === 'device') {
      found.devices.push({ source: volume.path, target: mount.path, permissions: 'rwm' });
    }
  }
  return found;
}
