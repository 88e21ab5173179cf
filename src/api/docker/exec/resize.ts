import { closeSync } from 'node:fs';
import { execSession } from '../../../engine/containers/exec-sessions.ts';
import { sendWindowSize } from '../../../engine/containers/open-monitor.ts';
import { execState, findExec } from '../../../engine/containers/prepared-execs.ts';
import { addon } from '../../../native/addon.ts';
import { runFileIn } from '../../../store/container-files.ts';
import { HttpProblem } from '../../http/problem.ts';
import { empty } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { readSize, sizeQuery } from '../containers/resize.ts';

export const route = defineRoute({
  summary: "Set the size of a running command's terminal",
  query: sizeQuery,
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine } = request;
    const { rows, columns } = readSize(request.query);
    const exec = findExec(engine, param(request, 'exec'));
    if ((await execState(engine, exec)).kind !== 'running') {
      throw new HttpProblem(409, `exec instance ${exec.id} does not run`);
    }
    const { directory } = execSession(engine.store, exec.container, exec.id);
    const monitor = addon().connectUnix(runFileIn(directory, 'attachSocket'), 0, 'packets');
    try {
      sendWindowSize(monitor, rows, columns);
    } finally {
      closeSync(monitor);
    }
    return empty(200);
  },
});
