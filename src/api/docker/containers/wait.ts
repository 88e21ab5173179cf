import { findRecord } from '../../../container/records.ts';
import { exitOfRun } from '../../../engine/containers/exit-of-run.ts';
import { waitContainer } from '../../../engine/containers/wait.ts';
import { HttpProblem } from '../../http/problem.ts';
import { text } from '../../route/query.ts';
import type { Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, objectOf } from '../../route/schema.ts';

const conditions = ['not-running', 'next-exit', 'removed'] as const;

/** Milliseconds between two looks, where nothing tells of the change. */
const interval = 100;

export const route = defineRoute({
  summary: 'Wait until a container has ended',
  query: { condition: text(`${conditions.join(', ')}; not-running otherwise`) },
  answers: {
    200: { about: 'how it has ended', schema: objectOf({ StatusCode: aNumber }) },
  },
  async handle(request): Promise<Reply> {
    const { engine, query, gone } = request;
    const asked = query.condition || 'not-running';
    const condition = conditions.find((name) => name === asked);
    if (condition === undefined) {
      throw new HttpProblem(400, `invalid condition: ${JSON.stringify(asked)}`);
    }
    const record = findRecord(engine.store, param(request, 'container'));
    return {
      kind: 'stream',
      type: 'application/json',
      async produce(writer) {
        // Clients start the container once they have this.
        await writer.begin();
        const code =
          condition === 'not-running'
            ? await waitContainer(engine, record.id, { conditions: ['stopped'], interval })
            : await exitOfRun(engine, record, { removed: condition === 'removed', signal: gone });
        await writer.write(`${JSON.stringify({ StatusCode: code, Error: null })}\n`);
      },
    };
  },
});
