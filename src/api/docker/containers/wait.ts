import { findRecord } from '../../../container/records.ts';
import {
  beginExitWait,
  type EndCondition,
  type ExitWait,
  lookForExit,
} from '../../../engine/containers/exit-of-run.ts';
import { addon } from '../../../native/addon.ts';
import { HttpProblem } from '../../http/problem.ts';
import { text } from '../../route/query.ts';
import type { Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, objectOf } from '../../route/schema.ts';

const conditions: readonly EndCondition[] = ['not-running', 'next-exit', 'removed'];

/** Milliseconds between two looks, where no process tells of the change. */
const interval = 100;

function readCondition(word: string | null): EndCondition {
  const asked = word || 'not-running';
  const condition = conditions.find((name) => name === asked);
  if (condition !== undefined) return condition;
  throw new HttpProblem(400, `invalid condition: ${JSON.stringify(asked)}`);
}

export const route = defineRoute({
  summary: 'Wait until a container has ended',
  query: { condition: text(`${conditions.join(', ')}; not-running otherwise`) },
  answers: {
    200: { about: 'how it has ended', schema: objectOf({ StatusCode: aNumber }) },
  },
  async handle(request): Promise<Reply> {
    const { engine, query, kept } = request;
    // The state that was kept is this route's own.
    const wait =
      (kept as ExitWait | undefined) ??
      (await beginExitWait(
        engine,
        findRecord(engine.store, param(request, 'container')),
        readCondition(query.condition),
      ));
    const look = await lookForExit(engine, wait);
    if (look.kind === 'ended') {
      return { kind: 'settled', value: { StatusCode: look.code, Error: null } };
    }
    const descriptor = look.monitor === null ? -1 : addon().pidfd(look.monitor);
    const pause =
      descriptor < 0
        ? { state: wait, descriptor: null, after: interval }
        : { state: wait, descriptor, after: null };
    return { kind: 'pending', pause };
  },
});
