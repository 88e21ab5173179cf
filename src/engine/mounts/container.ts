import { existsSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord, listRecords } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { processStartTicks } from '../../native/processes.ts';
import { containerFile, fileIn } from '../../store/container-files.ts';
import { driverByName } from '../../store/drivers/choose.ts';
import {
  type HeldSource,
  heldMount,
  holdMount,
  type MountRequest,
  releaseMount,
} from '../../store/held-mount.ts';
import { storePaths } from '../../store/paths.ts';
import { makeContentDirectory } from '../../store/store-dirs.ts';
import { containerPlace } from '../containers/own-layer.ts';
import { lockStopped } from '../containers/stopped-lock.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';
import { overlaySource } from './overlay-source.ts';
import { canMount, requireMounting } from './session.ts';

/** A container whose root filesystem is mounted for the caller. */
export interface MountedContainer {
  id: string;
  name: string;
  path: string;
}

function countFile(engine: Engine, record: ContainerRecord): string {
  return containerFile(engine.store, record.id, 'mountCount');
}

/** Whether the files lie in a directory, with nothing to be mounted. */
function isPlain({ rootfs }: ContainerRecord): boolean {
  return rootfs.kind !== 'image' || rootfs.driver === 'vfs';
}

function mountPath(engine: Engine, record: ContainerRecord): string {
  const directory = storePaths.container(engine.store, record.id);
  const { rootfs } = record;
  if (rootfs.kind === 'directory') return rootfs.path;
  return fileIn(directory, rootfs.kind === 'image' && rootfs.driver === 'vfs' ? 'upper' : 'merged');
}

function source(engine: Engine, record: ContainerRecord): HeldSource {
  const { rootfs } = record;
  if (rootfs.kind !== 'image' || isPlain(record)) return { kind: 'none' };
  const made = driverByName(rootfs.driver).rootfs({
    place: containerPlace(engine, record),
    disposable: false,
    inner: null,
    program: engine.mountProgram,
  });
  return overlaySource(made);
}

/** The root of the container's process. Of fuse-overlayfs the kernel shows nobody else anything. */
function runningSource(record: ContainerRecord, pid: number): HeldSource {
  if (record.rootfs.kind === 'image' && record.rootfs.driver === 'fuse-overlayfs') {
    throw new BryoError(
      'container-running',
      `cannot mount container ${record.name}: it runs, and only its own namespace can see the files of fuse-overlayfs`,
      { hint: "'bryo cp', 'bryo export' and 'bryo exec' reach them; or stop it first" },
    );
  }
  const startTicks = processStartTicks(pid);
  if (startTicks !== null) return { kind: 'running', pid, startTicks };
  throw new BryoError('not-running', `container ${record.name} has just ended`);
}

async function holdOverlay(
  engine: Engine,
  record: ContainerRecord,
  request: MountRequest,
): Promise<void> {
  const state = await settledContainerState(engine.store, record.id);
  if ('pid' in state) {
    await holdMount({ ...request, source: () => runningSource(record, state.pid) });
    return;
  }
  const lock = await lockStopped(engine, record);
  try {
    const { target } = request;
    if (!existsSync(target)) makeContentDirectory(engine.idMap(), target, 0o700);
    await holdMount(request);
  } finally {
    lock.release();
  }
}

/** Mounts a container's root filesystem and returns where. Throws BryoError `mount-failed`. */
export async function mountContainer(engine: Engine, nameOrId: string): Promise<MountedContainer> {
  const record = findRecord(engine.store, nameOrId);
  if (record.rootfs.kind === 'holder') {
    throw new BryoError('no-image', `container ${record.name} has no root filesystem`);
  }
  const path = mountPath(engine, record);
  const request = {
    path: countFile(engine, record),
    target: path,
    name: `container ${record.name}`,
    source: () => source(engine, record),
  };
  if (isPlain(record)) {
    await holdMount(request);
  } else {
    requireMounting('mount');
    await holdOverlay(engine, record, request);
  }
  recordContainerEvent(engine, record, 'mount');
  return { id: record.id, name: record.name, path };
}

/** The containers that are mounted where this command can see them. */
export function mountedContainers(engine: Engine): MountedContainer[] {
  if (!canMount() && engine.storageDriver !== 'vfs') requireMounting('mount');
  return listRecords(engine.store).records.flatMap((record) => {
    const held = heldMount(countFile(engine, record));
    if (held === null || held.elsewhere) return [];
    return [{ id: record.id, name: record.name, path: mountPath(engine, record) }];
  });
}

/** Takes one use of a mount back, or all of them. Returns whether it was mounted at all. */
export async function unmountContainer(
  engine: Engine,
  nameOrId: string,
  force: boolean,
): Promise<boolean> {
  const record = findRecord(engine.store, nameOrId);
  const released = await releaseMount(countFile(engine, record), force);
  if (released) recordContainerEvent(engine, record, 'unmount');
  return released;
}

/** The ids of the containers that are mounted anywhere. */
export function anywhereMounted(engine: Engine): string[] {
  return listRecords(engine.store)
    .records.filter((record) => heldMount(countFile(engine, record)) !== null)
    .map(({ id }) => id);
}
