import { listPods } from '../../pod/records.ts';
import type { Store } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';
import { type ContainerView, viewContainers } from './describe.ts';
import { applyFilters } from './filters.ts';
import type { ContainerSize } from './own-layer.ts';

/** Which containers are listed. */
export interface ListQuery {
  /** `KEY=VALUE`; `status`, `exited` and `health` mean containers in any state. */
  filters: readonly string[];
  /** Also those that do not run. */
  all: boolean;
  /** Only so many of the newest, in any state; null: no limit. */
  last: number | null;
}

/** A pod may be named by its name, too. */
function withPodId(store: Store, filter: string): string {
  const [, wanted] = /^pod=(.+)$/s.exec(filter) ?? [];
  if (wanted === undefined) return filter;
  return `pod=${listPods(store).find(({ name }) => name === wanted)?.id ?? wanted}`;
}

/** The containers that are asked for, oldest first. Throws BryoError `usage` for an unknown filter. */
export async function listContainers(
  engine: Engine,
  { filters, all, last }: ListQuery,
): Promise<ContainerView[]> {
  const { store } = engine;
  const any = all || last !== null || filters.some((text) => /^(status|exited|health)=/.test(text));
  const named = filters.map((filter) => withPodId(store, filter));
  const fitting = (await applyFilters(engine, viewContainers(store), named)).filter(
    ({ state }) => any || state.status === 'running',
  );
  return last === null ? fitting : fitting.slice(Math.max(fitting.length - last, 0));
}

/** Sizes by container id. */
export type Sizes = ReadonlyMap<string, ContainerSize>;

/** Measures the files of containers. */
export async function containerSizes(
  engine: Engine,
  views: readonly ContainerView[],
): Promise<Sizes> {
  const { containerSize } = await import('./own-layer.ts');
  const sizes = new Map<string, ContainerSize>();
  for (const { record } of views) sizes.set(record.id, await containerSize(engine, record));
  return sizes;
}
