import { BryoError } from '../../../base/errors.ts';
import { psColumns } from '../../../engine/containers/ps-columns.ts';
import { topContainer } from '../../../engine/containers/top.ts';
import { HttpProblem } from '../../http/problem.ts';
import { text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { listOf, objectOf, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'List the processes of a container',
  query: { ps_args: text('options of ps(1); -ef otherwise') },
  answers: {
    200: { about: 'a table', schema: objectOf({ Titles: texts, Processes: listOf(texts) }) },
  },
  async handle(request) {
    const words = (request.query.ps_args || '-ef').split(/\s+/).filter(Boolean);
    let columns: ReturnType<typeof psColumns>;
    try {
      columns = psColumns(words);
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      throw new HttpProblem(400, `ps_args: ${error.message}`);
    }
    const table = topContainer(request.engine, param(request, 'container'), columns);
    const [Titles = [], ...Processes] = table;
    return json({ Titles, Processes });
  },
});
