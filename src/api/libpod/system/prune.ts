import { applyFilters } from '../../../engine/containers/filters.ts';
import { imageFilter } from '../../../engine/images/filters.ts';
import { networkPruneFilter } from '../../../engine/networks/filters.ts';
import { pruneSystem } from '../../../engine/system/prune.ts';
import { volumeFilter } from '../../../engine/volumes/filters.ts';
import { resolveImage } from '../../../image/resolve.ts';
import { filters, flag } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, listOf, objectOf } from '../../route/schema.ts';

/** Only the sum of what was given back is known, and clients add up what each thing gave. */
const reports = (ids: readonly string[]) => ids.map((Id) => ({ Id, Size: 0, Err: null }));

export const route = defineRoute({
  summary: 'Remove what nobody uses',
  query: {
    all: flag('also images with names'),
    volumes: flag('also volumes'),
    external: flag('also what only other tools use, of which there is nothing'),
    build: flag('also what builds keep, which always goes'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'what was removed',
      schema: objectOf({
        PodPruneReport: listOf(anObject),
        ContainerPruneReports: listOf(anObject),
        ImagePruneReports: listOf(anObject),
        NetworkPruneReports: listOf(anObject),
        VolumePruneReports: listOf(anObject),
        ReclaimedSpace: aNumber,
      }),
    },
  },
  async handle({ engine, query }) {
    const words = query.filters;
    const pruned = await pruneSystem(engine, {
      all: query.all,
      volumes: query.volumes,
      pods: words.length === 0,
      containerFits: (views) => applyFilters(engine, views, words),
      imageFits: imageFilter(words, (name) => resolveImage(engine.store, name)),
      volumeFits: await volumeFilter(words),
      networkFits: await networkPruneFilter(words),
    });
    return json({
      PodPruneReport: pruned.pods.map((Id) => ({ Id, Err: null })),
      ContainerPruneReports: reports(pruned.containers),
      ImagePruneReports: reports(pruned.images),
      NetworkPruneReports: pruned.networks.map((Name) => ({ Name, Error: null })),
      VolumePruneReports: reports(pruned.volumes),
      ReclaimedSpace: Math.max(0, pruned.reclaimed),
    });
  },
});
