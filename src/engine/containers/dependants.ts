import { BryoError } from '../../base/errors.ts';
import { dependantChain, dependantsOf } from '../../container/dependencies.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import type { Engine } from '../engine.ts';

/** All that depend on a container, also through others: each comes before what it depends on. */
export function findDependants(engine: Engine, id: string): ContainerRecord[] {
  return dependantChain(listRecords(engine.store).records, id);
}

/** Ids of containers in an order in which they can be removed: what depends on another comes first. */
export function removalOrder(engine: Engine, ids: readonly string[]): string[] {
  const { records } = listRecords(engine.store);
  const ordered = new Set<string>();
  for (const id of ids) {
    for (const dependant of dependantChain(records, id)) {
      if (ids.includes(dependant.id)) ordered.add(dependant.id);
    }
    ordered.add(id);
  }
  return [...ordered];
}

/** Throws BryoError `has-dependants` when another container needs this one. */
export function refuseDependants(engine: Engine, record: ContainerRecord): void {
  const dependants = dependantsOf(listRecords(engine.store).records, record.id);
  if (dependants.length === 0) return;
  throw new BryoError(
    'has-dependants',
    `container ${record.name} has dependent containers which must be removed before it: ${dependants.map(({ name }) => name).join(', ')}`,
    { hint: 'remove those first' },
  );
}
