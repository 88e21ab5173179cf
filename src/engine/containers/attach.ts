import { BryoError } from '../../base/errors.ts';
import { socketDirectory } from '../../monitor/sockets.ts';
import { readContainerState } from '../../monitor/state.ts';
import type { Store } from '../../store/paths.ts';
import { findContainer } from './describe.ts';
import type { AttachConnection } from './start/attach-client.ts';

/** Where the socket of a container's monitor is; empty: it has none, for the container has ended. */
export function attachDirectory(store: Store, id: string): string {
  const state = readContainerState(store, id);
  return 'monitorPid' in state ? socketDirectory(store, id, state, 'attachSocket') : '';
}

/** How a container that runs is attached to. Throws BryoError `no-such-container`, `not-running`. */
export function connectRunning(store: Store, nameOrId: string) {
  const { record, state } = findContainer(store, nameOrId);
  if (state.status !== 'running') {
    throw new BryoError(
      'not-running',
      `cannot attach to ${nameOrId}: it is ${state.status}, not running`,
    );
  }
  const directory = socketDirectory(store, record.id, state, 'attachSocket');
  const connection: AttachConnection = { kind: 'socket', directory };
  return { record, connection };
}
