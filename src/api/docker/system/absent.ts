import { HttpProblem } from '../../http/problem.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, listOf } from '../../route/schema.ts';

const noSwarm =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

/** Services, nodes, tasks and configurations of a swarm, which Docker without one answers so. */
export const ofSwarm = defineRoute({
  summary: 'Refuse what only a swarm has',
  answers: { 503: { about: 'there is no swarm' } },
  async handle() {
    throw new HttpProblem(503, noSwarm);
  },
});

export const plugins = defineRoute({
  summary: 'List plugins, of which there are none',
  answers: { 200: { about: 'nothing', schema: listOf(anObject) } },
  handle: async () => json([]),
});

export const noPlugin = defineRoute({
  summary: 'Refuse what is about a plugin',
  answers: { 404: { about: 'there are no plugins' } },
  async handle() {
    throw new HttpProblem(404, 'plugin not found: plugins are not supported');
  },
});

export const noPlugins = defineRoute({
  summary: 'Refuse to install plugins, or to make them',
  answers: { 501: { about: 'there are no plugins' } },
  async handle() {
    throw new HttpProblem(501, 'plugins are not supported');
  },
});

/** BuildKit's ways in: clients that hear of them being refused send the context with the request. */
export const noSession = defineRoute({
  summary: 'Refuse a session of BuildKit: builds are those of POST /build',
  answers: { 404: { about: 'there is none' } },
  async handle() {
    throw new HttpProblem(
      404,
      'sessions are not supported: build with POST /build (DOCKER_BUILDKIT=0)',
    );
  },
});
