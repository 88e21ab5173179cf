import { existsSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import {
  type DependantIndex,
  dependantChain,
  indexDependants,
} from '../../container/dependencies.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';

/** The dependencies among containers as they were a moment ago. */
interface Reading {
  root: string;
  index: DependantIndex;
  /** When it was read and how long that took, in milliseconds. */
  at: number;
  took: number;
}

let latest: Reading | null = null;

/**
 * Reading takes as long as there are containers, and a command may remove thousands: what was read
 * serves for ten times as long as reading took. Those that are gone since are still in it.
 */
function readIndex(store: Store): DependantIndex {
  const at = performance.now();
  if (latest?.root === store.root && at - latest.at < 10 * latest.took) return latest.index;
  const index = indexDependants(listRecords(store).records);
  latest = { root: store.root, index, at, took: performance.now() - at };
  return index;
}

function isThere(store: Store, { id }: ContainerRecord): boolean {
  return existsSync(storePaths.container(store, id));
}

/** All that depend on a container, also through others: each comes before what it depends on. */
export function findDependants({ store }: Engine, id: string): ContainerRecord[] {
  return dependantChain(readIndex(store), id).filter((record) => isThere(store, record));
}

/** Ids of containers in an order in which they can be removed: what depends on another comes first. */
export function removalOrder({ store }: Engine, ids: readonly string[]): string[] {
  const index = readIndex(store);
  const chosen = new Set(ids);
  const ordered = new Set<string>();
  for (const id of ids) {
    for (const dependant of dependantChain(index, id)) {
      if (chosen.has(dependant.id)) ordered.add(dependant.id);
    }
    ordered.add(id);
  }
  return [...ordered];
}

/** Throws BryoError `has-dependants` when another container needs this one. */
export function refuseDependants({ store }: Engine, record: ContainerRecord): void {
  const known = readIndex(store).get(record.id) ?? [];
  const dependants = known.filter((other) => isThere(store, other));
  if (dependants.length === 0) return;
  throw new BryoError(
    'has-dependants',
    `container ${record.id} has dependent containers which must be removed before it: ${dependants.map(({ id, name }) => `${id} (${name})`).join(', ')}`,
    { hint: 'remove those first' },
  );
}
