import { joinedContainers } from '../request/namespaces.ts';
import type { ContainerRecord } from './record.ts';

/**
 * Ids of the containers that must run before this one can: those that it requires, and those whose
 * namespaces it joins.
 */
export function dependenciesOf({ options }: ContainerRecord): string[] {
  return [...new Set([...options.requires, ...joinedContainers(options)])];
}

/** The containers that depend on this one directly. */
export function dependantsOf(records: readonly ContainerRecord[], id: string): ContainerRecord[] {
  return records.filter((record) => dependenciesOf(record).includes(id));
}

/**
 * All that depend on a container, also through others, in an order in which they can be removed:
 * whatever depends on something comes before it.
 */
export function dependantChain(records: readonly ContainerRecord[], id: string): ContainerRecord[] {
  const chain: ContainerRecord[] = [];
  const seen = new Set([id]);
  const visit = (of: string): void => {
    for (const record of dependantsOf(records, of)) {
      if (seen.has(record.id)) continue;
      seen.add(record.id);
      visit(record.id);
      chain.push(record);
    }
  };
  visit(id);
  return chain;
}
