import { findRecord } from '../../../container/records.ts';
import { applyFilters } from '../../../engine/containers/filters.ts';
import { containerSize } from '../../../engine/containers/own-layer.ts';
import { idleContainers, pruneContainer } from '../../../engine/containers/prune.ts';
import { sweepStore } from '../../../engine/containers/sweep.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, objectOf, orNull, texts } from '../../route/schema.ts';

/** Keys of filters that say which containers are removed. */
const keys = ['label', 'label!', 'until'];

export const route = defineRoute({
  summary: 'Remove containers that do not run',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'they are removed',
      schema: objectOf({ ContainersDeleted: orNull(texts), SpaceReclaimed: aNumber }),
    },
  },
  async handle({ engine, query }) {
    const words = query.filters;
    const unknown = words
      .map((word) => word.split('=')[0] ?? '')
      .find((key) => !keys.includes(key));
    if (unknown !== undefined) throw new HttpProblem(400, `invalid filter '${unknown}'`);
    await sweepStore(engine);
    const ids = await idleContainers(engine, (views) => applyFilters(engine, views, words));
    const removed: string[] = [];
    let space = 0;
    for (const id of ids) {
      const { rw } = await containerSize(engine, findRecord(engine.store, id));
      if ((await pruneContainer(engine, id)) === null) continue;
      removed.push(id);
      space += rw;
    }
    return json({
      ContainersDeleted: removed.length === 0 ? null : removed,
      SpaceReclaimed: space,
    });
  },
});
