import { HttpProblem } from '../../http/problem.ts';
import { defineRoute } from '../../route/route.ts';

export const route = defineRoute({
  summary: 'Refuse Kubernetes YAML, which is neither read nor written',
  answers: { 501: { about: 'pods and quadlets do the same' } },
  async handle() {
    throw new HttpProblem(501, 'Kubernetes YAML is not supported: pods are made by pods/create');
  },
});
