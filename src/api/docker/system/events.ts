import { dockerEvent } from '../../../view/docker/event.ts';
import { eventsReply, goesOn } from '../../follow-events.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, text } from '../../route/query.ts';
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
  async handle(request) {
    const { engine, query } = request;
    if (engine.eventsBackend === 'none') {
      throw new HttpProblem(501, 'events are not kept: the backend of events is "none"');
    }
    const words = query.filters
      .filter((word) => !passedBy.includes(word.split('=')[0] ?? ''))
      .map((word) => {
        const [key = '', value = ''] = word.split(/=(.*)/s);
        return key === 'event' ? `event=${ownNames[value] ?? value}` : word;
      });
    const since = readTime('since', query.since);
    const until = readTime('until', query.until);
    return eventsReply(request, {
      since,
      until,
      stream: query.stream && goesOn(request, until),
      filters: words,
      show: dockerEvent,
    });
  },
});
