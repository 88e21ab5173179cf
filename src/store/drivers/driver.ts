import type { IdMap, IdMapping } from '../../base/id-map.ts';
import type { Store } from '../paths.ts';

/** The directories of one container that drivers work in. */
export interface ContainerPlace {
  /** containers/<id> */
  directory: string;
  /** `diff` directories of the image's layers, topmost first. */
  layers: string[];
}

/** How the launcher makes a root filesystem. */
export type DriverRootfs =
  | {
      kind: 'overlay';
      /** Host paths, topmost layer first. */
      lowers: string[];
      upper: string;
      work: string;
      /** Skip syncing: the upper layer does not survive a crash, nor is it meant to. */
      volatile: boolean;
      /** Kernels before 6.7: mount(2) instead of fsconfig(2). */
      legacyMount: boolean;
    }
  | { kind: 'fuse-overlayfs'; argv: string[]; mountpoint: string }
  | { kind: 'directory'; path: string };

export interface RootfsRequest {
  place: ContainerPlace;
  /** The container goes away with its first run: nothing of it need reach the disk. */
  disposable: boolean;
  /** Ids of a container that does not run in the storage namespace itself. */
  inner: { uids: IdMapping[]; gids: IdMapping[] } | null;
  /** fuse-overlayfs to use; null: found in PATH. */
  program: string | null;
}

/** A way to put layers together and keep what a container changes apart from them. */
export interface StorageDriver {
  name: StorageDriverName;
  /**
   * Why the driver cannot work on this machine and directory, or null. What it makes there is named as
   * in the staging directory. Throws BryoError `storage-failed` when it could not be tried.
   */
  probe(directory: string, idMap: IdMap): Promise<string | null>;
  /** Makes what a new container needs in its directory. */
  prepare(place: ContainerPlace, idMap: IdMap): Promise<void>;
  rootfs(request: RootfsRequest): DriverRootfs;
  /**
   * The container's own layer in overlay's format: a directory that is used, not changed. `release`
   * must be called.
   */
  ownLayer(store: Store, place: ContainerPlace, idMap: IdMap): Promise<OwnLayer>;
}

export interface OwnLayer {
  path: string;
  release(): Promise<void>;
}

export type StorageDriverName = 'overlay' | 'fuse-overlayfs' | 'vfs';
