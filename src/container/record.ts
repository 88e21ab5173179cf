import type { ContainerHealth } from './health.ts';
import type { ContainerOptions } from './options.ts';

/** A volume that a container mounts; `anonymous` ones go with it (`rm -v`, `--rm`). */
export interface RecordVolume {
  name: string;
  target: string;
  anonymous: boolean;
}

/** Where a container's root filesystem comes from. */
export type RecordRootfs =
  | { kind: 'image'; imageId: string; imageName: string; layers: string[]; driver: string }
  | { kind: 'directory'; path: string };

/**
 * A container as it was created: the JSON of containers/<id>/record.json. Only `rename` and
 * `update` change it; what changes by itself is in state.json and exit.json, the monitor's.
 */
export interface ContainerRecord {
  version: 1;
  id: string;
  name: string;
  /** RFC 3339. */
  createdAt: string;
  /** Who made it (src/native/processes.ts): a record without its name is garbage once that is gone. */
  creator: string;
  /** Made by `run --rm`: garbage when its creator is gone and it was never started. */
  oneShot: boolean;
  options: ContainerOptions;
  rootfs: RecordRootfs;
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
  stopSignal: number;
  /** The command line that made it (podman's CreateCommand). */
  createCommand: string[];
  /** Null: it is not checked. */
  health: ContainerHealth | null;
  volumes: RecordVolume[];
  /** Range of storage ids that `--userns auto` took, null otherwise. */
  autoRange: { start: number; count: number } | null;
}
