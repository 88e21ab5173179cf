import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { readHealth, runHealthcheck } from '../../../engine/containers/health.ts';
import { HttpProblem } from '../../http/problem.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Check the health of a container now',
  answers: {
    200: {
      about: 'the result',
      schema: objectOf({ Status: aText, FailingStreak: aNumber, Log: listOf(anObject) }),
    },
  },
  async handle(request) {
    const { engine } = request;
    const record = findRecord(engine.store, param(request, 'container'));
    try {
      const { passed } = await runHealthcheck(engine, record.id);
      const streak = readHealth(engine.store, record)?.FailingStreak ?? 0;
      return json({ Status: passed ? 'healthy' : 'unhealthy', FailingStreak: streak, Log: [] });
    } catch (error) {
      const conflicts = ['no-healthcheck', 'not-running'];
      if (!(error instanceof BryoError) || !conflicts.includes(error.code)) throw error;
      throw new HttpProblem(409, error.message);
    }
  },
});
