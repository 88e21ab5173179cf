import { dropExec, endedState, findExec } from '../../engine/containers/prepared-execs.ts';
import { readBody } from '../body/read.ts';
import { HttpProblem } from '../http/problem.ts';
import { empty } from '../route/reply.ts';
import { param } from '../route/request.ts';
import { defineRoute } from '../route/route.ts';
import { anObject } from '../route/schema.ts';

export const route = defineRoute({
  summary: 'Forget a prepared command',
  body: { about: 'Force', schema: anObject },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine } = request;
    const exec = findExec(engine, param(request, 'exec'));
    const force = (await readBody(request)).get('Force').flag();
    if (!force && (await endedState(engine, exec)).kind === 'running') {
      throw new HttpProblem(409, `exec instance ${exec.id} runs: exec session state improper`);
    }
    dropExec(engine, exec.id);
    return empty(200);
  },
});
