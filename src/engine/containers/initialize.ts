import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { stateName } from './describe.ts';
import { startContainer } from './start/start.ts';

/**
 * Makes a container ready: all is there, and its process waits for `start`. What it depends on is
 * started. With `lenient` one that is up already is fine. Throws BryoError `wrong-state`.
 */
export async function initContainer(
  engine: Engine,
  nameOrId: string,
  options: { lenient: boolean },
): Promise<void> {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  const name = stateName(state);
  if (name === 'created' || name === 'exited') {
    await startContainer(engine, record, { attached: false, size: null, held: true });
    return;
  }
  if (options.lenient) return;
  throw new BryoError(
    'wrong-state',
    `cannot initialize container ${nameOrId}: it is ${name}, not created or exited`,
  );
}
