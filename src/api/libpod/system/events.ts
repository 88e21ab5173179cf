import { parseEndArgument, parseTimeArgument } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import { eventFilter } from '../../../engine/system/event-filters.ts';
import { watchEvents } from '../../../engine/system/watch-events.ts';
import { isKnownEvent, podmanEvent } from '../../../view/podman/event.ts';
import { eventSchema } from '../../docker/system/events.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, text } from '../../route/query.ts';
import { jsonLines } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';

function readTime(word: string | null, parse: (text: string, now: Date) => bigint): bigint | null {
  if (word === null || word === '') return null;
  try {
    return parse(word, new Date());
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw new HttpProblem(500, `failed to parse event filters: ${error.message}`);
  }
}

export const route = defineRoute({
  summary: 'Tell what happens to containers, pods, images, volumes, networks and secrets',
  query: {
    since: text('also what has happened since: a time, or a duration ago'),
    until: text('and no longer than until: a time, or a duration from now'),
    stream: flag('go on with what happens', true),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'events, a JSON document a line',
      schema: eventSchema,
    },
  },
  async handle({ engine, query, version, gone }) {
    if (engine.eventsBackend === 'none') {
      throw new HttpProblem(500, 'cannot read events with the "none" backend');
    }
    const fits = eventFilter(engine, query.filters);
    const since = readTime(query.since, parseTimeArgument);
    const until = readTime(query.until, parseEndArgument);
    // With an end that has passed nothing is to come.
    const isOver = until !== null && until <= BigInt(Date.now()) * 1_000_000n;
    const client = { major: version.major, secrets: query.filters.includes('type=secret') };
    const events = watchEvents(engine, { since, until, stream: query.stream && !isOver });
    return jsonLines(async (tell, writer) => {
      await writer.begin();
      gone.addEventListener('abort', () => void events.return(undefined));
      for await (const event of events) {
        if (gone.aborted) return;
        if (fits(event) && isKnownEvent(event, client))
          await tell(podmanEvent(event, client.major));
      }
    });
  },
});
