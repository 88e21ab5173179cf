import { parseEndArgument, parseTimeArgument } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import { isKnownEvent, podmanEvent } from '../../../view/podman/event.ts';
import { eventSchema } from '../../docker/system/events.ts';
import { eventsReply, goesOn } from '../../follow-events.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, text } from '../../route/query.ts';
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
  async handle(request) {
    const { engine, query, version } = request;
    if (engine.eventsBackend === 'none') {
      throw new HttpProblem(500, 'cannot read events with the "none" backend');
    }
    const { filters: words } = query;
    const since = readTime(query.since, parseTimeArgument);
    const until = readTime(query.until, parseEndArgument);
    const client = { major: version.major, secrets: words.includes('type=secret') };
    return eventsReply(request, {
      since,
      until,
      stream: query.stream && goesOn(request, until),
      filters: words,
      show: (event) => (isKnownEvent(event, client) ? podmanEvent(event, client.major) : null),
    });
  },
});
