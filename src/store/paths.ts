import { join } from 'node:path';

/**
 * The places of one store. `root` holds what must survive; `runroot` what a reboot may wipe.
 * Several stores live side by side (`--root`, `--runroot`).
 */
export interface Store {
  root: string;
  runroot: string;
  /** Where volumes are when they are not in `root` (`--volumepath`). */
  volumes?: string;
  /**
   * Group that may pass through the store's directories, though not list them: that of the root of
   * root's containers, who is not the caller. Null: nobody but the caller may.
   */
  searchGroup: number | null;
  /** Where its containers are; absent: in their own place. Those of a build are elsewhere. */
  containersIn?: string;
}

export interface StoreEnvironment {
  uid: number;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** The default places: XDG directories, as root /var/lib/bryo and /run/bryo. */
export function defaultStore({
  uid,
  home,
  env,
}: StoreEnvironment): Pick<Store, 'root' | 'runroot'> {
  if (uid === 0) return { root: '/var/lib/bryo', runroot: '/run/bryo' };
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  const runtime = env['XDG_RUNTIME_DIR'];
  return {
    root: join(data, 'bryo'),
    runroot: runtime ? join(runtime, 'bryo') : `/tmp/bryo-run-${uid}`,
  };
}

/** File and directory names within a store. */
export const storePaths = {
  blobs: (store: Store) => join(store.root, 'blobs'),
  blob: (store: Store, algorithm: string, hex: string) => join(store.root, 'blobs', algorithm, hex),
  index: (store: Store) => join(store.root, 'index.json'),
  indexLock: (store: Store) => join(store.root, 'index.lock'),
  ociLayout: (store: Store) => join(store.root, 'oci-layout'),
  layers: (store: Store, single: boolean) => join(store.root, single ? 'layers-single' : 'layers'),
  layer: (store: Store, single: boolean, diffHex: string) =>
    join(storePaths.layers(store, single), diffHex),
  containers: (store: Store) => store.containersIn ?? join(store.root, 'containers'),
  container: (store: Store, id: string) => join(storePaths.containers(store), id),
  names: (store: Store) => join(store.root, 'names'),
  namesLock: (store: Store) => join(store.root, 'names.lock'),
  name: (store: Store, name: string) => join(store.root, 'names', name),
  volumes: (store: Store) => store.volumes ?? join(store.root, 'volumes'),
  volumesLock: (store: Store) => join(store.root, 'volumes.lock'),
  volume: (store: Store, name: string) => join(storePaths.volumes(store), name),
  /** Volumes that lie elsewhere may be on another filesystem: what becomes one is made beside them. */
  volumeStaging: (store: Store) =>
    store.volumes === undefined ? storePaths.staging(store) : join(store.volumes, '.tmp'),
  pods: (store: Store) => join(store.root, 'pods'),
  podsLock: (store: Store) => join(store.root, 'pods.lock'),
  secrets: (store: Store) => join(store.root, 'secrets'),
  secretsLock: (store: Store) => join(store.root, 'secrets.lock'),
  usernsLock: (store: Store) => join(store.root, 'userns.lock'),
  blobLeases: (store: Store) => join(store.root, 'blobs.lock'),
  layerLeases: (store: Store) => join(store.root, 'layers.lock'),
  unfinished: (store: Store) => join(store.root, 'unfinished'),
  indexCopy: (store: Store) => join(store.root, 'index.copy.json'),
  staging: (store: Store) => join(store.root, 'tmp'),
  /** Beginnings of blobs, for the next command that wants them. */
  partials: (store: Store) => join(store.root, 'partials'),
  /** Results that builds keep for later ones. */
  build: (store: Store) => join(store.root, 'build'),
  buildSteps: (store: Store) => join(store.root, 'build', 'steps'),
  /** Digests of large files of contexts. */
  buildFiles: (store: Store) => join(store.root, 'build', 'files.json'),
  buildMounts: (store: Store) => join(store.root, 'build', 'mounts'),
  cache: (store: Store) => join(store.root, 'cache'),
  imageMounts: (store: Store) => join(store.root, 'mounts'),
  imageMount: (store: Store, id: string) => join(store.root, 'mounts', id),
  /** Where each session of `bryo unshare` mounts what it reaches its server through. */
  sessionServer: (store: Store) => join(store.runroot, 'session'),
  runContainers: (store: Store) => join(store.runroot, 'containers'),
  /** Leases, names and facts of networks that containers use. */
  runNetworks: (store: Store) => join(store.runroot, 'networks'),
  runNetwork: (store: Store, id: string) => join(store.runroot, 'networks', id),
  /** Held while one of a range of the host's ports is chosen and bound. */
  portsLock: (store: Store) => join(store.runroot, 'ports.lock'),
  events: (store: Store) => join(store.runroot, 'events.log'),
  olderEvents: (store: Store) => join(store.runroot, 'events.log.1'),
  runContainer: (store: Store, id: string) => join(store.runroot, 'containers', id),
};
