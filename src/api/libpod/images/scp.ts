import { HttpProblem } from '../../http/problem.ts';
import { defineRoute } from '../../route/route.ts';

export const route = defineRoute({
  summary: 'Refuse to copy an image to another machine: the service goes to none for its clients',
  answers: { 501: { about: 'bryo image scp does so' } },
  async handle() {
    throw new HttpProblem(
      501,
      'copies between machines are not supported over the API: bryo image scp makes them',
    );
  },
});
