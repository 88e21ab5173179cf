import { closeSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { socketDirectory } from '../../monitor/sockets.ts';
import { type SettledState, settledContainerState } from '../../monitor/state.ts';
import { addon } from '../../native/addon.ts';
import { runFileIn } from '../../store/container-files.ts';
import type { Engine } from '../engine.ts';
import { initContainer } from './initialize.ts';

function connect(engine: Engine, id: string, state: SettledState): number {
  if (!('monitorPid' in state)) {
    throw new BryoError('not-running', `container ${id} is not running`, { about: id });
  }
  const directory = socketDirectory(engine.store, id, state, 'attachSocket');
  return addon().connectUnix(runFileIn(directory, 'attachSocket'), 0, 'packets');
}

/**
 * Connects with the monitor of a container (addon/monitor/protocol.h); a descriptor. One that does not run is made ready for its start (podman-init(1)).
 * Throws BryoError for what cannot be started.
 */
export async function openMonitor(engine: Engine, { id }: ContainerRecord): Promise<number> {
  const before = await settledContainerState(engine.store, id);
  if (!('monitorPid' in before)) await initContainer(engine, id, { lenient: true });
  return connect(engine, id, await settledContainerState(engine.store, id));
}

/** Tells the monitor of a container, or of a session in one, how large the client's terminal is. */
export function sendWindowSize(monitor: number, rows: number, columns: number): void {
  const message = Buffer.alloc(5);
  message.write('W');
  message.writeUInt16LE(rows, 1);
  message.writeUInt16LE(columns, 3);
  addon().sendDescriptors(monitor, message, []);
}

/** Sets the size of a running container's terminal. Throws BryoError `not-running`. */
export async function resizeTerminal(
  engine: Engine,
  nameOrId: string,
  { rows, columns }: { rows: number; columns: number },
): Promise<void> {
  const { id } = findRecord(engine.store, nameOrId);
  const monitor = connect(engine, id, await settledContainerState(engine.store, id));
  try {
    sendWindowSize(monitor, rows, columns);
  } finally {
    closeSync(monitor);
  }
}
