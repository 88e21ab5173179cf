import { buildCacheUsage, pruneBuildCache } from '../../../engine/system/build-cache.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, number } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, objectOf, orNull, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Remove what builds have kept for later ones',
  query: {
    all: flag('all of it, also what images still have'),
    'keep-storage': number('so many bytes are kept'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'it is removed',
      schema: objectOf({ CachesDeleted: orNull(texts), SpaceReclaimed: aNumber }),
    },
  },
  async handle({ engine, query }) {
    if ((query['keep-storage'] ?? 0) > 0)
      throw new HttpProblem(501, 'keep-storage is not supported');
    if (query.filters.length > 0) throw new HttpProblem(501, 'filters are not supported here');
    const before = await buildCacheUsage(engine);
    await pruneBuildCache(engine, { all: query.all, mounts: query.all });
    const after = await buildCacheUsage(engine);
    const SpaceReclaimed = Math.max(0, before.size - after.size);
    return json({ CachesDeleted: null, SpaceReclaimed });
  },
});
