import { setTimeout } from 'node:timers/promises';
import { findRecord } from '../../../container/records.ts';
import { type Sample, sampleAll, sampleNamed } from '../../../engine/containers/stats.ts';
import { podmanStats } from '../../../view/podman/stats-document.ts';
import { flag, number, texts } from '../../route/query.ts';
import { jsonLines } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';

/** Seconds between two samples. */
const usualInterval = 5;

export const route = defineRoute({
  summary: 'Show what containers use',
  query: {
    containers: texts('these; all that run otherwise'),
    all: flag('also those that do not run'),
    stream: flag('again and again', true),
    interval: number('seconds between two samples: 5', 0),
  },
  answers: {
    200: {
      about: 'samples, a document a line',
      schema: objectOf({ Error: orNull(aText), Stats: listOf(anObject) }),
    },
  },
  async handle({ engine, query, gone }) {
    const ids = query.containers
      .flatMap((words) => words.split(','))
      .filter(Boolean)
      .map((name) => findRecord(engine.store, name).id);
    const samples = (): Sample[] =>
      ids.length > 0
        ? ids.map((id) => sampleNamed(engine.store, id))
        : sampleAll(engine.store, query.all);
    const interval = (query.interval ?? usualInterval) * 1000 || 1000;
    let before = new Map<string, Sample>();
    const round = () => {
      const now = samples();
      const Stats = now.map((sample) => podmanStats(sample, before.get(sample.record.id) ?? null));
      before = new Map(now.map((sample) => [sample.record.id, sample]));
      return { Error: null, Stats };
    };
    const first = round();
    return jsonLines(async (tell) => {
      await tell(first);
      while (query.stream && !gone.aborted) {
        await setTimeout(interval, undefined, { signal: gone }).catch(() => undefined);
        if (!gone.aborted) await tell(round());
      }
    });
  },
});
