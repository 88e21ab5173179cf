import { closeSync } from 'node:fs';
import { execSession } from '../../../engine/containers/exec-sessions.ts';
import { sendWindowSize } from '../../../engine/containers/open-monitor.ts';
import { execState, findExec, keepSize } from '../../../engine/containers/prepared-execs.ts';
import { addon } from '../../../native/addon.ts';
import { runFileIn } from '../../../store/container-files.ts';
import { HttpProblem } from '../../http/problem.ts';
import { empty } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { readSize, sizeQuery } from '../containers/resize.ts';

export const route = defineRoute({
  summary: "Set the size of a command's terminal; one that was not started yet will have it",
  query: sizeQuery,
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine } = request;
    const size = readSize(request.query);
    const id = param(request, 'exec');
    let exec = findExec(engine, id);
    let { kind } = await execState(engine, exec);
    if (kind === 'waiting') {
      // Clients ask for the start and for the size at once, on two connections.
      keepSize(engine, exec, size);
      exec = findExec(engine, id);
      ({ kind } = await execState(engine, exec));
      if (kind === 'waiting') return empty(200);
    }
    if (kind !== 'running') throw new HttpProblem(409, `exec instance ${exec.id} does not run`);
    const { directory } = execSession(engine.store, exec.container, exec.id);
    const monitor = addon().connectUnix(runFileIn(directory, 'attachSocket'), 0, 'packets');
    try {
      sendWindowSize(monitor, size.rows, size.columns);
    } finally {
      closeSync(monitor);
    }
    return empty(200);
  },
});
