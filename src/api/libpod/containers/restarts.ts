import { findRecord } from '../../../container/records.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { HttpProblem } from '../../http/problem.ts';
import { empty } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

export const route = defineRoute({
  summary: 'Tell whether a container is started again by its restart policy',
  answers: { 204: { about: 'it is' } },
  async handle(request) {
    const { store } = request.engine;
    const record = findRecord(store, param(request, 'container'));
    const state = await settledContainerState(store, record.id);
    const restarts =
      (state.status === 'exited' && state.restarting !== null) ||
      ('monitorPid' in state && record.options.restart.policy !== 'no');
    if (restarts) return empty();
    throw new HttpProblem(404, `container ${record.id} is not started again: no such container`);
  },
});
