import { setTimeout } from 'node:timers/promises';
import { BryoError } from '../../../base/errors.ts';
import { isPsSyntax, psColumns } from '../../../engine/containers/ps-columns.ts';
import { topColumns, topContainer } from '../../../engine/containers/top.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, number, texts } from '../../route/query.ts';
import { json, jsonLines } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { listOf, texts as listOfTexts, objectOf } from '../../route/schema.ts';

/** Seconds between two looks. */
const usualDelay = 5;

/** The words of a command line: podman's client sends each by itself, others all in one. */
function readWords(given: readonly string[]): string[] {
  const words = given.length === 1 ? given.flatMap((text) => text.split(' ')) : given;
  return words.filter(Boolean);
}

/** The columns that descriptors of podman-top(1), or options of ps(1), ask for. */
function readColumns(words: readonly string[]) {
  try {
    if (isPsSyntax(words)) return psColumns(words);
    return topColumns(words.flatMap((word) => word.split(/[\s,]+/)).filter(Boolean));
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw new HttpProblem(500, error.message);
  }
}

export const route = defineRoute({
  summary: 'List the processes of a container',
  query: {
    ps_args: texts('columns as podman-top(1) has them, or options of ps(1)'),
    stream: flag('again and again'),
    delay: number('seconds between two times: 5'),
  },
  answers: {
    200: {
      about: 'a table',
      schema: objectOf({ Titles: listOfTexts, Processes: listOf(listOfTexts) }),
    },
  },
  async handle(request) {
    const { engine, query, gone } = request;
    const delay = query.delay ?? usualDelay;
    if (delay < 1) throw new HttpProblem(400, `"delay" parameter of value ${delay} < 1`);
    const columns = readColumns(readWords(query.ps_args));
    const table = () => {
      const [Titles = [], ...Processes] = topContainer(
        engine,
        param(request, 'container'),
        columns,
      );
      return { Titles, Processes };
    };
    const first = table();
    if (!query.stream) return json(first);
    return jsonLines(async (tell) => {
      await tell(first);
      while (!gone.aborted) {
        await setTimeout(delay * 1000, undefined, { signal: gone }).catch(() => undefined);
        if (!gone.aborted) await tell(table());
      }
    });
  },
});
