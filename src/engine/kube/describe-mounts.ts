import { statSync } from 'node:fs';
import type { ContainerRecord } from '../../container/record.ts';
import type { KubeValue } from '../../kube/write.ts';
import type { MountRequest } from '../../request/mounts/types.ts';

/** A mount of a container and the volume of the pod that it is of. */
export interface DescribedMount {
  mount: Readonly<Record<string, KubeValue>>;
  volume: Readonly<Record<string, KubeValue>> & { name: string };
}

/** A name that Kubernetes takes: `/mnt/My_Data/` is `mnt-my-data`. */
export function volumeLabel(source: string): string {
  const name = source.replace(/^\/+|\/+$/g, '').replace(/[/_]/g, '-');
  return name.toLowerCase() || 'root';
}

function hostPathType(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'DirectoryOrCreate';
  return stats.isDirectory() ? 'Directory' : 'File';
}

function sourceOf(mount: MountRequest, index: number): DescribedMount['volume'] | null {
  switch (mount.kind) {
    case 'bind': {
      const hostPath = { path: mount.source, type: hostPathType(mount.source) };
      return { name: `${volumeLabel(mount.source)}-host-${index}`, hostPath };
    }
    case 'tmpfs':
      return { name: `tmp-${index}`, emptyDir: { medium: 'Memory' } };
    case 'image':
      return { name: `image-${index}`, image: { reference: mount.image } };
    default:
      return null;
  }
}

function subPathOf(mount: MountRequest | undefined): string | undefined {
  return mount !== undefined && 'subpath' in mount ? mount.subpath : undefined;
}

/** The mounts of a container, those of its named volumes last, as podman has them. */
export function describeMounts({ options, volumes }: ContainerRecord): DescribedMount[] {
  const others = options.mounts.filter(({ kind }) => kind !== 'volume');
  const described = others.flatMap((mount, index): DescribedMount[] => {
    const volume = sourceOf(mount, index);
    if (volume === null) return [];
    const { target: mountPath, readOnly } = mount;
    const how = { readOnly: readOnly || undefined, subPath: subPathOf(mount) };
    return [{ mount: { mountPath, name: volume.name, ...how }, volume }];
  });
  const named = volumes.map(({ name, target }): DescribedMount => {
    const mount = options.mounts.find((one) => one.kind === 'volume' && one.target === target);
    const claimName = volumeLabel(name);
    const readOnly = mount?.readOnly || undefined;
    const volume = { name: `${claimName}-pvc`, persistentVolumeClaim: { claimName, readOnly } };
    const how = { readOnly, subPath: subPathOf(mount) };
    return { mount: { mountPath: target, name: volume.name, ...how }, volume };
  });
  return [...described, ...named];
}
