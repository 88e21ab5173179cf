import { isJsonObject } from '../base/json-object.ts';
import type { ContainerOptions } from '../request/container.ts';
import type { ContainerHealth } from './health.ts';
import type { AutoRange } from './userns/auto-map.ts';

/** A volume that a container mounts; `anonymous` ones go with it (`rm -v`, `--rm`). */
export interface RecordVolume {
  name: string;
  target: string;
  anonymous: boolean;
}

/** Where a container's root filesystem comes from. */
export type RecordRootfs =
  | { kind: 'image'; imageId: string; imageName: string; layers: string[]; driver: string }
  | { kind: 'directory'; path: string }
  /** The holder of a pod's namespaces, in which nothing of anybody's runs. */
  /** The holder of a pod's namespaces; the image is shown only, and kept as long as the pod. */
  | { kind: 'holder'; image?: { id: string; name: string } };

/** The making of a container: by whom, when and how. */
export interface RecordMaking {
  /** RFC 3339. */
  createdAt: string;
  /** The maker's process (src/native/processes.ts): a record without its name is garbage once that is gone. */
  creator: string;
  /** Made by `run --rm`: garbage when its creator is gone and it was never started. */
  oneShot: boolean;
  /** The command line that made it (podman's CreateCommand). */
  createCommand: string[];
  /** The `--cgroup-manager` that it was made with, and keeps; absent: as each start finds it best. */
  cgroupManager?: 'systemd' | 'cgroupfs' | 'disabled';
  /** NOTIFY_SOCKET of its maker (sd_notify(3)), which inspection tells; absent: there was none. */
  notifySocket?: string;
}

/** Settings that the options and the image make together. */
export interface RecordSettings {
  /** Entrypoint of the image or the options; with `command` it makes `args`. */
  entrypoint: string[];
  /** Entrypoint and command put together, as executed. */
  args: string[];
  /** Labels of the image and of the options. */
  labels: Record<string, string>;
  /** `KEY=value` words of the image's configuration. */
  imageEnv: string[];
  workdir: string;
  /** As given or as the image says; empty: root. */
  user: string;
  /** `80-81/tcp` words of the ports that the image and the options tell of; absent: of none. */
  exposed?: string[];
  stopSignal: number;
  /** Null: nobody looks whether the container is well. */
  health: ContainerHealth | null;
}

/**
 * A container as it was created: the JSON of containers/<id>/record.json. Only `rename` and
 * `update` change it; what changes by itself is in state.json and exit.json, the monitor's.
 */
export interface ContainerRecord extends RecordMaking, RecordSettings {
  version: 1;
  id: string;
  name: string;
  options: ContainerOptions;
  rootfs: RecordRootfs;
  volumes: RecordVolume[];
  /** Range of storage ids that `--userns auto` took, null otherwise. */
  autoRange: AutoRange | null;
}

/** The images that a container is made of or mounts, by their ids, with their layers. */
export function usedImages({
  rootfs,
  options,
}: ContainerRecord): { id: string; layers: string[] }[] {
  const own = rootfs.kind === 'image' ? [{ id: rootfs.imageId, layers: rootfs.layers }] : [];
  const shown =
    rootfs.kind === 'holder' && rootfs.image ? [{ id: rootfs.image.id, layers: [] }] : [];
  const mounted = options.mounts.flatMap((mount) =>
    mount.kind === 'image' && mount.found !== undefined
      ? [{ id: mount.found.imageId, layers: mount.found.layers }]
      : [],
  );
  return [...own, ...shown, ...mounted];
}

/** The image that a container shows as its own; null: it has none. */
export function shownImage({ rootfs }: ContainerRecord): { id: string; name: string } | null {
  if (rootfs.kind === 'image') return { id: rootfs.imageId, name: rootfs.imageName };
  return rootfs.kind === 'holder' ? (rootfs.image ?? null) : null;
}

function areTexts(...values: unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function areLists(...values: unknown[]): boolean {
  return values.every(Array.isArray);
}

function isRootfs(rootfs: unknown): boolean {
  if (!isJsonObject(rootfs)) return false;
  if (rootfs['kind'] === 'holder') return true;
  if (rootfs['kind'] === 'directory') return areTexts(rootfs['path']);
  const { kind, imageId, imageName, layers, driver } = rootfs;
  return kind === 'image' && areTexts(imageId, imageName, driver) && areLists(layers);
}

/** Whether a parsed JSON is a record, as far as commands that look at many containers read it. */
export function isRecord(value: unknown): value is ContainerRecord {
  if (!isJsonObject(value) || value['version'] !== 1) return false;
  const { id, name, createdAt, creator, workdir, user, options, labels, rootfs, volumes } = value;
  return (
    areTexts(id, name, createdAt, creator, workdir, user) &&
    !Number.isNaN(Date.parse(String(createdAt))) &&
    areLists(
      value['args'],
      value['entrypoint'],
      value['imageEnv'],
      value['exposed'] ?? [],
      volumes,
    ) &&
    (volumes as unknown[]).every((v) => isJsonObject(v) && areTexts(v['name'], v['target'])) &&
    isJsonObject(labels) &&
    isRootfs(rootfs) &&
    isJsonObject(options) &&
    ['network', 'restart', 'userns', 'security', 'log', 'resources'].every((key) =>
      isJsonObject(options[key] ?? {}),
    ) &&
    areLists(options['mounts'] ?? [])
  );
}
