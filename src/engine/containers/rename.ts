import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { renameRecord } from '../../container/registration.ts';
import { readContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';

/** Gives a container another name. Throws BryoError `name-in-use`, `bad-name`. */
export function renameContainer(engine: Engine, nameOrId: string, name: string): void {
  const record = findRecord(engine.store, nameOrId);
  const { status } = readContainerState(engine.store, record.id);
  if (record.options.remove && ['running', 'initialized', 'starting'].includes(status)) {
    // The container's monitor knows what to remove by the old name.
    throw new BryoError(
      'container-running',
      `cannot rename container ${nameOrId}: it runs with --rm`,
    );
  }
  renameRecord(engine.store, record, name);
  recordContainerEvent(engine, { ...record, name }, 'rename');
}
