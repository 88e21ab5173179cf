import { HttpProblem } from '../../http/problem.ts';
import { defineRoute, type RouteSpec } from '../../route/route.ts';

function refused(deed: string): RouteSpec {
  return defineRoute({
    summary: `Refuse to ${deed} the memory of a container's processes`,
    answers: { 501: { about: 'only CRIU can do so, which needs root and its capabilities' } },
    async handle() {
      throw new HttpProblem(
        501,
        `${deed} is not supported: only CRIU can do so, and that needs root and its capabilities`,
      );
    },
  });
}

export const checkpoint = refused('checkpoint');
export const restore = refused('restore');
