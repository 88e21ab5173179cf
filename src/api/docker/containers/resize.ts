import { resizeTerminal } from '../../../engine/containers/open-monitor.ts';
import { HttpProblem } from '../../http/problem.ts';
import { number } from '../../route/query.ts';
import { empty } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

const most = 65_535;

/** The size of a terminal. Throws HttpProblem 400. */
export function readSize({ h, w }: { h: number | null; w: number | null }) {
  if (h === null || w === null) throw new HttpProblem(400, 'h and w are needed');
  if (h > most || w > most) throw new HttpProblem(400, `h and w are at most ${most}`);
  return { rows: h, columns: w };
}

export const sizeQuery = { h: number('rows', 0), w: number('columns', 0) };

export const route = defineRoute({
  summary: "Set the size of a container's terminal",
  query: sizeQuery,
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const size = readSize(request.query);
    await resizeTerminal(request.engine, param(request, 'container'), size);
    return empty(200);
  },
});
