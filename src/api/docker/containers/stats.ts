import { setTimeout } from 'node:timers/promises';
import { findRecord } from '../../../container/records.ts';
import { type Sample, sampleNamed } from '../../../engine/containers/stats.ts';
import { dockerStats } from '../../../view/docker/stats.ts';
import { flag } from '../../route/query.ts';
import { json, type Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf } from '../../route/schema.ts';

/** Milliseconds between two samples. */
const interval = 1000;

/** A sample that waits for the next one; its record is read anew. */
type KeptSample = Omit<Sample, 'record'>;

export const route = defineRoute({
  summary: 'Show what a container uses',
  query: {
    stream: flag('again and again', true),
    'one-shot': flag('once, and not after a second sample'),
  },
  answers: {
    200: {
      about: 'samples, a line each',
      schema: objectOf({
        read: aText,
        preread: aText,
        name: aText,
        id: aText,
        cpu_stats: anObject,
        precpu_stats: anObject,
        memory_stats: anObject,
        pids_stats: anObject,
        networks: anObject,
      }),
    },
  },
  async handle(request): Promise<Reply> {
    const { engine, query, gone, kept } = request;
    const { id } = findRecord(engine.store, param(request, 'container'));
    const sample = (): Sample => sampleNamed(engine.store, id);
    if (!query.stream) {
      const before = query['one-shot'] ? null : sample();
      if (before !== null && before.processes > 0) {
        await setTimeout(interval, undefined, { signal: gone }).catch(() => undefined);
      }
      return json(dockerStats(sample(), before));
    }
    const now = sample();
    const before = kept === undefined ? null : { ...(kept as KeptSample), record: now.record };
    const { record: _, ...state } = now;
    const pause = { state, descriptor: null, after: interval };
    return {
      kind: 'continued',
      async produce(tell) {
        await tell(dockerStats(now, before));
        return pause;
      },
    };
  },
});
