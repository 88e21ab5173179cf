import type { KubeField } from './field.ts';
import { readBytes } from './quantity.ts';

export const hostPathTypes = [
  ...(['DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket'] as const),
  ...(['CharDevice', 'BlockDevice'] as const),
];
export type HostPathType = (typeof hostPathTypes)[number];

/** Keys of a ConfigMap or Secret that become files. */
export interface ProjectedKeys {
  name: string;
  optional: boolean;
  /** Permission bits of the files. */
  mode: number;
  /** Null: each key is a file of its name. */
  items: { key: string; path: string }[] | null;
}

/** Where a volume of a pod comes from. */
export type VolumeSource =
  /** A path of the host; `type` null: whatever is there. */
  | { kind: 'hostPath'; path: string; type: HostPathType | null }
  | { kind: 'claim'; name: string }
  | { kind: 'configMap' | 'secret'; keys: ProjectedKeys }
  /** Shared by the containers of the pod; in memory each has its own. `size` in bytes, null: no limit. */
  | { kind: 'emptyDir'; memory: boolean; size: number | null }
  | { kind: 'image'; reference: string; pullPolicy: string | null };

export interface VolumeSpec {
  name: string;
  /** For errors. */
  field: KubeField;
  source: VolumeSource;
}

/** A path below the volume: nothing of it may lead elsewhere. */
function readPath(field: KubeField): string {
  const path = field.needed();
  if (path.startsWith('/') || path.split('/').some((part) => ['', '.', '..'].includes(part))) {
    throw field.problem(`${JSON.stringify(path)} is no path within the volume`);
  }
  return path;
}

function readKeys(field: KubeField, nameField: string): ProjectedKeys {
  const items = field.get('items');
  return {
    name: field.get(nameField).needed(),
    optional: field.get('optional').flag() ?? false,
    mode: field.get('defaultMode').number(0, 0o777) ?? 0o644,
    items: items.isAbsent
      ? null
      : items.items().map((item) => ({
          key: item.get('key').needed(),
          path: readPath(item.get('path')),
        })),
  };
}

function readSource(field: KubeField): VolumeSource {
  const hostPath = field.get('hostPath');
  if (!hostPath.isAbsent) {
    const path = hostPath.get('path');
    if (!path.needed().startsWith('/')) throw path.problem('an absolute path is needed');
    const type = hostPath.get('type').choice(hostPathTypes);
    return { kind: 'hostPath', path: path.needed(), type };
  }
  const claim = field.get('persistentVolumeClaim');
  if (!claim.isAbsent) return { kind: 'claim', name: claim.get('claimName').needed() };
  const configMap = field.get('configMap');
  if (!configMap.isAbsent) return { kind: 'configMap', keys: readKeys(configMap, 'name') };
  const secret = field.get('secret');
  if (!secret.isAbsent) return { kind: 'secret', keys: readKeys(secret, 'secretName') };
  const emptyDir = field.get('emptyDir');
  // `emptyDir:` without anything is what others write for an empty mapping.
  if (!emptyDir.isAbsent || emptyDir.value === null) {
    const memory = emptyDir.get('medium').choice(['Memory']) !== null;
    return { kind: 'emptyDir', memory, size: readBytes(emptyDir.get('sizeLimit')) };
  }
  const image = field.get('image');
  if (!image.isAbsent) {
    const pullPolicy = image.get('pullPolicy').word();
    return { kind: 'image', reference: image.get('reference').needed(), pullPolicy };
  }
  throw field.problem(
    'hostPath, persistentVolumeClaim, configMap, secret, emptyDir and image are the sources that are supported',
  );
}

/** A volume of a pod (`spec.volumes[]`). Throws BryoError `bad-kube`. */
export function readVolume(field: KubeField): VolumeSpec {
  return { name: field.get('name').needed(), field, source: readSource(field) };
}
