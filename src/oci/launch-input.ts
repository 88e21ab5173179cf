import { BryoError } from '../base/errors.ts';
import type { IdMap, IdMapping } from '../base/id-map.ts';
import type { LaunchInput, RuntimeInput, SeccompInput, UsernsInput } from '../plan/launch-input.ts';
import { bareMonitor, type MonitorInput } from '../plan/monitor-input.ts';
import type { OciIdMapping, OciSpec } from '../plan/spec.ts';
import type { RuntimeConfig } from './config.ts';
import { type RuntimeRecord, stateObject } from './state.ts';

function mappings(list: readonly OciIdMapping[]): IdMapping[] {
  return list.map(({ containerID, hostID, size }) => ({
    containerId: containerID,
    hostId: hostID,
    size,
  }));
}

/** The writer of the maps: root does it itself, a lone own id needs nobody, newuidmap the rest. */
function mapKind(uids: readonly IdMapping[], gids: readonly IdMapping[]): IdMap['kind'] {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  if (uid === 0) return 'root';
  const own = (list: readonly IdMapping[], id: number): boolean =>
    list.length === 1 && list[0]?.hostId === id && list[0].size === 1;
  return own(uids, uid) && own(gids, gid) ? 'single' : 'full';
}

function usernsInput({ linux }: OciSpec): UsernsInput {
  const namespace = linux.namespaces.find(({ type }) => type === 'user');
  if (namespace === undefined) {
    if (process.geteuid?.() === 0) return { kind: 'caller' };
    throw new BryoError('bad-config', 'an ordinary user needs a user namespace in config.json', {
      hint: "see 'bryo-oci spec --rootless'",
    });
  }
  if (namespace.path !== undefined) return { kind: 'join', nested: false, path: namespace.path };
  const uids = mappings(linux.uidMappings);
  const gids = mappings(linux.gidMappings);
  if (uids.length === 0 || gids.length === 0) {
    throw new BryoError('bad-config', 'config.json has a user namespace without id mappings');
  }
  return { kind: 'create', idMap: { kind: mapKind(uids, gids), uids, gids }, inner: null };
}

/** The monitor record of a process that has its caller's own standard streams. */
export function streamMonitor(
  size: RuntimeConfig['consoleSize'],
  streams: Partial<MonitorInput['streams']> = {},
  ending: Partial<MonitorInput['ending']> = {},
): MonitorInput {
  return bareMonitor({ streams: { ...size, passthrough: true, ...streams }, ending });
}

/** The streams of a process that its caller stays with. */
export function attachedStreams(terminal: boolean): Partial<MonitorInput['streams']> {
  return { passthrough: !terminal, stdinOpen: terminal, plainNewlines: terminal };
}

/** State text for hooks, in which the launcher fills in the pid. */
export function hookState(record: RuntimeRecord, status: 'creating' | 'created'): string {
  return JSON.stringify(stateObject(record, status, 0)).replace('"pid":0', '"pid":%PID%');
}

/** A container's filter, and what its agent is sent (config-linux.md, "The Container Process State"). */
export function seccompInput(
  { seccomp }: RuntimeConfig,
  record: RuntimeRecord,
  status: 'creating' | 'running',
): SeccompInput | null {
  if (seccomp === null) return null;
  const { flags, listener } = seccomp;
  const program = seccomp.program();
  if (listener === null) return { program, flags, listener };
  const mark = '"pid":%PID%';
  const message = {
    ociVersion: record.ociVersion,
    fds: ['seccompFd'],
    pid: 0,
    metadata: listener.metadata,
    state: stateObject(record, status, record.process?.pid ?? 0),
  };
  // The payload of the container itself is the process that its state names.
  const own = JSON.stringify(message).replace('"pid":0', mark);
  const state = own.replace('"pid":0', mark);
  return { program, flags, listener: { path: listener.path, state, optional: listener.optional } };
}

/** How a bundle is launched. */
export interface LaunchMode {
  monitor: MonitorInput;
  handover: RuntimeInput['handover'];
  startFifo: string | null;
  preservedFds: readonly number[];
  noPivot: boolean;
  noNewKeyring: boolean;
  cgroup: LaunchInput['cgroup'];
}

/** The input of compilePlan for a bundle, besides its configuration. */
export function launchInput(
  config: RuntimeConfig,
  record: RuntimeRecord,
  mode: LaunchMode,
): LaunchInput {
  const { createRuntime, createContainer, startContainer } = config.hooks;
  return {
    userns: usernsInput(config.spec),
    joinOwners: [],
    files: {
      rootfs: { kind: 'directory', path: config.spec.root.path },
      staging: '/',
      passwdEntries: [],
      mtab: false,
      zone: null,
      makeWorkdir: true,
      listedMountOrder: true,
      shm: null,
      secrets: [],
    },
    process: {
      seccomp: seccompInput(config, record, 'creating'),
      landlockScopes: 0,
      init: false,
      // podman's --group-add keep-groups, in crun's words.
      keepGroups: config.spec.annotations['run.oci.keep_original_groups'] === '1',
      umask: config.umask ?? 0o022,
      preservedFds: mode.preservedFds,
    },
    monitor: mode.monitor,
    networkHelper: null,
    bridges: null,
    cgroup: mode.cgroup,
    watchers: { events: null, health: null, notify: null },
    runtime: {
      handover: mode.handover,
      startFifo: mode.startFifo,
      noPivot: mode.noPivot,
      noNewKeyring: mode.noNewKeyring,
      hooks: { createRuntime, createContainer, startContainer },
      hookState: {
        creating: hookState(record, 'creating'),
        created: hookState(record, 'created'),
      },
    },
  };
}
