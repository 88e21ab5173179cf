import type { ContainerRecord } from '../../container/record.ts';
import { socketDirectory } from '../../monitor/sockets.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import type { AttachConnection } from './start/attach-client.ts';
import type { TerminalSize } from './start/monitor-input.ts';
import { startContainer } from './start/start.ts';
import { startFifo } from './start/start-fifo.ts';

/** Starts a container for an attach client; one that runs already is attached to (podman-start(1)). */
export async function startAttached(
  engine: Engine,
  record: ContainerRecord,
  size: TerminalSize | null,
): Promise<AttachConnection | null> {
  const { store } = engine;
  const state = await settledContainerState(store, record.id);
  if (state.status === 'running' || state.status === 'initialized') {
    const directory = socketDirectory(store, record.id, state, 'attachSocket');
    if (state.status === 'running') return { kind: 'socket', directory };
    return { kind: 'socket', directory, release: startFifo(store, record.id) };
  }
  const { client } = await startContainer(engine, record, { attached: true, size });
  return client === null ? null : { kind: 'fd', fd: client };
}
