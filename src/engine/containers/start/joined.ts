import { readlinkSync } from 'node:fs';
import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { readRecord } from '../../../container/records.ts';
import { readContainerState } from '../../../monitor/state.ts';
import { processStartTicks } from '../../../native/processes.ts';
import type { UsernsInput } from '../../../plan/launch-input.ts';
import type { OciNamespace } from '../../../plan/spec.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { joinedContainers, joinedNamespaces } from '../../../request/joined.ts';
import type { Joined, NamespaceKind } from '../../../request/namespaces.ts';
import type { Store } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';
import { decideInnerMap, usernsOwner } from './userns.ts';

/** The things that a start takes over from other containers. */
export interface JoinedStart {
  namespaces: OciNamespace[];
  /** The user namespace to join; null: none is. */
  userns: UsernsInput | null;
  /** The processes that the paths of joined namespaces name. */
  owners: { pid: number; startTicks: number }[];
  /** The process in whose mount namespace the /dev/shm to be shared is. */
  shm: { pid: number; startTicks: number } | null;
}

const files = { network: 'net', pid: 'pid', ipc: 'ipc', uts: 'uts', cgroupns: 'cgroup' } as const;
const types = {
  network: 'network',
  pid: 'pid',
  ipc: 'ipc',
  uts: 'uts',
  cgroupns: 'cgroup',
} as const;

/** A container whose namespaces are joined, with its payload. */
interface Owner {
  record: ContainerRecord;
  pid: number;
  /** Without it the pid says nothing once the payload has ended. */
  startTicks: number;
}

/** The owner of a namespace that is joined. Throws BryoError `not-running`. */
function runningOwner(engine: Engine, id: string): Owner {
  const record = readRecord(engine.store, id);
  const state = readContainerState(engine.store, id);
  const startTicks = state.status === 'running' ? processStartTicks(state.pid) : null;
  if (record === null || state.status !== 'running' || startTicks === null) {
    throw new BryoError(
      'not-running',
      `cannot join a namespace of container ${record?.name ?? id.slice(0, 12)}: it is not running`,
    );
  }
  return { record, pid: state.pid, startTicks };
}

function usernsOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return '';
  }
}

/** Namespaces of different owners are worth nothing together: no process has rights over both. */
function checkOneOwner(engine: Engine, ids: readonly string[]): void {
  const owners = ids.map((id) => runningOwner(engine, id));
  const [first] = owners;
  const other = owners.find(
    ({ pid }) => first !== undefined && usernsOf(pid) !== usernsOf(first.pid),
  );
  if (first === undefined || other === undefined) return;
  throw new BryoError(
    'bad-userns',
    `cannot join namespaces of both ${first.record.name} and ${other.record.name}: they have different user namespaces`,
    { hint: `start one with --userns container:${first.record.name}, or both in a pod` },
  );
}

function usernsInput(engine: Engine, record: ContainerRecord): UsernsInput | null {
  const { userns } = record.options;
  const [owner] = joinedContainers(record.options);
  const onBridges = usernsOwner(engine, record).options.network.mode === 'bridge';
  if (owner !== undefined && record.options.network.mode === 'bridge' && !onBridges) {
    const { name } = runningOwner(engine, owner).record;
    throw new BryoError(
      'bad-network',
      `cannot connect a container with namespaces of ${name} to a network: its user namespace is not below that of the networks`,
      { hint: `start ${name} with --network NAME, too, or this one with --network slirp4netns` },
    );
  }
  const nested = onBridges || decideInnerMap(engine, record) !== null;
  if (owner !== undefined) {
    return { kind: 'join', path: `/proc/${runningOwner(engine, owner).pid}/ns/user`, nested };
  }
  if (userns.mode === 'path') return { kind: 'join', path: userns.path, nested: false };
  const [first] = joinedNamespaces(record.options);
  if (first === undefined || !('path' in first)) return null;
  return { kind: 'join', path: first.path, nested: false };
}

function namespacePath(engine: Engine, joined: Joined): string {
  if ('path' in joined) return joined.path;
  return `/proc/${runningOwner(engine, joined.container).pid}/ns/${files[joined.kind]}`;
}

/** The /dev/shm of another container, unless that has none to share. */
function sharedMemory(engine: Engine, record: ContainerRecord): JoinedStart['shm'] {
  const { ipc } = record.options;
  if (typeof ipc === 'string' || 'path' in ipc) return null;
  const owner = runningOwner(engine, ipc.container);
  if (['private', 'none', 'host'].includes(String(owner.record.options.ipc))) return null;
  return { pid: owner.pid, startTicks: owner.startTicks };
}

/** Decides which namespaces of others a start joins. Throws BryoError when one does not run. */
export function decideJoined(engine: Engine, record: ContainerRecord): JoinedStart {
  checkOneOwner(engine, joinedContainers(record.options));
  return {
    namespaces: joinedNamespaces(record.options).map((joined) => ({
      type: types[joined.kind],
      path: namespacePath(engine, joined),
    })),
    userns: usernsInput(engine, record),
    owners: [...new Set(joinedContainers(record.options))].map((id) => {
      const { pid, startTicks } = runningOwner(engine, id);
      return { pid, startTicks };
    }),
    shm: sharedMemory(engine, record),
  };
}

/** Whether a container has the host's namespace of a kind, by itself or by way of others. */
function isHosts(store: Store, id: string, kind: NamespaceKind): boolean {
  const options = readRecord(store, id)?.options;
  if (options === undefined) return false;
  if (kind === 'network') {
    const { network } = options;
    if (network.mode === 'container') return isHosts(store, network.container, kind);
    return network.mode === 'host';
  }
  const request = options[kind];
  if (typeof request === 'string') return request === 'host';
  return 'container' in request && isHosts(store, request.container, kind);
}

/**
 * The options of a start: a namespace of another container that is the host's is the host's for this one, too.
 * No process of a user namespace could join it (setns(2)), and none has to.
 */
function withHosts(store: Store, options: ContainerOptions): ContainerOptions {
  const changed = { ...options };
  const { network } = options;
  if (network.mode === 'container' && isHosts(store, network.container, 'network')) {
    changed.network = { mode: 'host' };
  }
  for (const kind of ['pid', 'ipc', 'uts', 'cgroupns'] as const) {
    const request = options[kind];
    if (typeof request === 'string' || !('container' in request)) continue;
    if (isHosts(store, request.container, kind)) changed[kind] = 'host';
  }
  return changed;
}

/** The record of a container for its start, with {@link withHosts}. */
export function withHostNamespaces(store: Store, record: ContainerRecord): ContainerRecord {
  return { ...record, options: withHosts(store, record.options) };
}
