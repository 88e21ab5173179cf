import { join } from 'node:path';
import { names } from '../contract/names.ts';
import { type Store, storePaths } from './paths.ts';

/** The files of a container's directory in the store; docs/store.md says who writes and who reads each. */
const lasting = {
  record: 'record.json',
  named: 'named',
  /** The lock that the container's monitor holds, or a command that keeps one from being started. */
  lock: 'lock',
  startLock: 'start.lock',
  spec: 'config.json',
  state: 'state.json',
  exit: 'exit.json',
  health: 'health.json',
  ports: 'ports.json',
  network: 'network.json',
  log: 'ctr.log',
  hostname: 'hostname',
  hosts: names.hostsFile,
  resolvConf: 'resolv.conf',
  localtime: 'localtime',
  containerEnv: 'containerenv',
  startFifo: 'start',
  podMembers: 'members',
  /** The count of the container's mounts (`bryo mount`); whoever holds them has a lock on it. */
  mountCount: 'mounts',
  /** Signs to the monitor (addon/monitor/restart.cc). */
  stopped: names.stoppedSign,
  kept: names.keptSign,
  restartPolicy: names.restartSign,
  changedNetworks: names.changedNetworksFile,
  leases: names.leasesDirectory,
  stopping: 'stopping',
  /** Held by what starts a container again whose monitor cannot (addon/launcher/await_end.h). */
  restartLock: 'restart.lock',
  healthChange: names.healthChange,
  /** Where the root filesystem is put together: what was changed, overlay's own, what is mounted. */
  upper: 'upper',
  work: 'work',
  merged: 'merged',
  overlays: 'overlays',
} as const;

/** The files of a container's runtime directory, which a reboot may wipe. */
const passing = {
  attachSocket: names.attachSocket,
  healthSocket: names.healthSocket,
  notifySocket: names.notifySocket,
  networkLinks: names.networkLinks,
  slirpSocket: 'slirp4netns',
  pastaReady: 'pasta.ready',
  execSessions: 'exec',
  /** Of a container that another OCI runtime runs: its bundle, and what the runtime keeps. */
  foreignConfig: 'oci/config.json',
  foreignPid: 'oci/pid',
  foreignLog: 'oci/log',
  foreignState: 'oci/state',
} as const;

/** The files in the directory of an exec session, of which each container may have many. */
const session = { lock: 'lock', creator: 'creator', process: 'process.json' } as const;

export type ContainerFile = keyof typeof lasting;
export type RunFile = keyof typeof passing;

/** The names that nobody else writes; a test holds it. */
export const containerFileNames: readonly string[] = [
  ...new Set([lasting, passing, session].flatMap((names) => Object.values<string>(names))),
];

/** A file in a container's directory, or in what is about to become one. */
export function fileIn(directory: string, file: ContainerFile): string {
  return join(directory, lasting[file]);
}

export function containerFile(store: Store, id: string, file: ContainerFile): string {
  return fileIn(storePaths.container(store, id), file);
}

/** A file in a container's runtime directory. */
export function runFileIn(directory: string, file: RunFile): string {
  return join(directory, passing[file]);
}

export function runFile(store: Store, id: string, file: RunFile): string {
  return runFileIn(storePaths.runContainer(store, id), file);
}

/** A file in the directory of an exec session. */
export function sessionFile(directory: string, file: keyof typeof session): string {
  return join(directory, session[file]);
}
