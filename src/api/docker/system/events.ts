import { eventFilter } from '../../../engine/system/event-filters.ts';
import { watchEvents } from '../../../engine/system/watch-events.ts';
import { dockerEvent } from '../../../view/docker/event.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, text } from '../../route/query.ts';
import { jsonLines } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, objectOf } from '../../route/schema.ts';
import { readTime } from '../containers/logs.ts';

/** Keys that mean nothing here: there is one machine. */
const passedBy = ['daemon', 'scope', 'node'];

/** Docker's names of events. */
const ownNames: Readonly<Record<string, string>> = { destroy: 'remove', die: 'died' };

export const eventSchema = objectOf({
  Type: aText,
  Action: aText,
  Actor: anObject,
  time: aNumber,
  timeNano: aNumber,
});

export const route = defineRoute({
  summary: 'Tell what happens to containers, images, volumes and networks',
  query: {
    since: text('also what has happened since: seconds since 1970'),
    until: text('and no longer than until: seconds since 1970'),
    stream: flag('go on with what happens', true),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'events, a JSON document a line',
      schema: eventSchema,
    },
  },
  async handle({ engine, query, gone }) {
    if (engine.eventsBackend === 'none') {
      throw new HttpProblem(501, 'events are not kept: the backend of events is "none"');
    }
    const words = query.filters
      .filter((word) => !passedBy.includes(word.split('=')[0] ?? ''))
      .map((word) => {
        const [key = '', value = ''] = word.split(/=(.*)/s);
        return key === 'event' ? `event=${ownNames[value] ?? value}` : word;
      });
    const fits = eventFilter(engine, words);
    const since = readTime('since', query.since);
    const until = readTime('until', query.until);
    // With an end that has passed nothing is to come.
    const isOver = until !== null && until <= BigInt(Date.now()) * 1_000_000n;
    const events = watchEvents(engine, { since, until, stream: query.stream && !isOver });
    return jsonLines(async (tell, writer) => {
      await writer.begin();
      const onGone = (): void => void events.return(undefined);
      gone.addEventListener('abort', onGone);
      for await (const event of events) {
        if (gone.aborted) return;
        const shown = fits(event) ? dockerEvent(event) : null;
        if (shown !== null) await tell(shown);
      }
    });
  },
});
