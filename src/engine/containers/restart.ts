import { findRecord } from '../../container/records.ts';
import type { Engine } from '../engine.ts';
import { allowRemount } from './start/remount.ts';
import { requireSockets } from './start/required-sockets.ts';
import { leaveSign } from './start/restart-files.ts';
import { startContainer } from './start/start.ts';
import { stopContainer } from './stop.ts';

/**
 * Stops a container if it runs, and starts it. One with `--rm` stays in between. `timeout`: seconds;
 * null: its own. Throws BryoError `bad-port`, with the container as it was, when the sockets that it publishes were not
 * handed over.
 */
export async function restartContainer(
  engine: Engine,
  nameOrId: string,
  timeout: number | null,
): Promise<void> {
  const record = findRecord(engine.store, nameOrId);
  const { store } = engine;
  await requireSockets(record);
  if (record.options.remove) leaveSign(store, record.id, 'kept');
  await stopContainer(engine, record.id, { timeout, ignore: false });
  await allowRemount(engine, record);
  await startContainer(engine, record, { attached: false, size: null });
}
