import { findRecord } from '../../../container/records.ts';
import { applyFilters } from '../../../engine/containers/filters.ts';
import { containerSize } from '../../../engine/containers/own-layer.ts';
import { idleContainers, pruneContainer } from '../../../engine/containers/prune.ts';
import { sweepStore } from '../../../engine/containers/sweep.ts';
import type { Engine } from '../../../engine/engine.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { type PruneReport, reportsSchema } from '../reports.ts';

/** Keys of filters that say which containers are removed. */
const keys = ['label', 'label!', 'until'];

/** Removes containers that do not run and that fit. */
export async function pruneContainers(
  engine: Engine,
  words: readonly string[],
): Promise<PruneReport[]> {
  const unknown = words.map((word) => word.split('=')[0] ?? '').find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new HttpProblem(500, `${unknown} is an invalid filter`);
  await sweepStore(engine);
  const ids = await idleContainers(engine, (views) => applyFilters(engine, views, words));
  const removed: PruneReport[] = [];
  for (const id of ids) {
    const { rw } = await containerSize(engine, findRecord(engine.store, id));
    if ((await pruneContainer(engine, id)) === null) continue;
    removed.push({ Id: id, Size: rw, Err: null });
  }
  return removed;
}

export const route = defineRoute({
  summary: 'Remove containers that do not run',
  query: { filters: filters() },
  answers: { 200: { about: 'what was removed', schema: reportsSchema } },
  handle: async ({ engine, query }) => json(await pruneContainers(engine, query.filters)),
});
