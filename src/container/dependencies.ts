import { joinedContainers } from '../request/joined.ts';
import type { ContainerRecord } from './record.ts';

/**
 * Ids of the containers that must run before this one can: those that it requires, and those whose
 * namespaces it joins.
 */
export function dependenciesOf({ options }: ContainerRecord): string[] {
  return [...new Set([...options.requires, ...joinedContainers(options)])];
}

/** By the id of a container: those that depend on it directly. */
export type DependantIndex = ReadonlyMap<string, readonly ContainerRecord[]>;

export function indexDependants(records: readonly ContainerRecord[]): DependantIndex {
  const index = new Map<string, ContainerRecord[]>();
  for (const record of records) {
    for (const id of dependenciesOf(record)) {
      const others = index.get(id);
      if (others === undefined) index.set(id, [record]);
      else others.push(record);
    }
  }
  return index;
}

/**
 * All that depend on a container, also through others, in an order in which they can be removed:
 * whatever depends on something comes before it.
 */
export function dependantChain(index: DependantIndex, id: string): ContainerRecord[] {
  const chain: ContainerRecord[] = [];
  const seen = new Set([id]);
  const visit = (of: string): void => {
    for (const record of index.get(of) ?? []) {
      if (seen.has(record.id)) continue;
      seen.add(record.id);
      visit(record.id);
      chain.push(record);
    }
  };
  visit(id);
  return chain;
}
