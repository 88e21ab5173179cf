import { findRecord } from '../../../container/records.ts';
import { updateContainer } from '../../../engine/containers/update.ts';
import { readRestart } from '../../../request/lifecycle.ts';
import { Field } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { number, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText } from '../../route/schema.ts';
import { inSpecFieldNames } from '../body/field-names.ts';
import { readHealthChanges } from '../body/health-changes.ts';
import { readDeviceRates, readLinuxResources } from '../body/limits.ts';

function readPolicy(query: { restartPolicy: string | null; restartRetries: number | null }) {
  const { restartPolicy: word, restartRetries: tries } = query;
  if (word === null || word === '') {
    if (!tries) return null;
    throw new HttpProblem(400, 'cannot set restart retries unless restart policy is set');
  }
  const restart = new Field(word, 'restartPolicy').read(readRestart);
  if (!tries) return restart;
  if (restart.policy === 'on-failure') return { ...restart, max: tries };
  throw new HttpProblem(400, 'cannot set restart retries unless restart policy is on-failure');
}

export const route = defineRoute({
  summary: 'Change limits, restart policy and health check of a container',
  query: {
    restartPolicy: text('no, on-failure[:TIMES], always or unless-stopped'),
    restartRetries: number('so many times, with on-failure', 0),
  },
  body: { about: 'LinuxResources, UpdateHealthCheckConfig and rates of devices', schema: anObject },
  answers: { 201: { about: 'its id', schema: aText } },
  async handle(request) {
    const { engine, query } = request;
    const { id } = findRecord(engine.store, param(request, 'container'));
    const body = await readBody(request);
    const restart = readPolicy(query);
    const limits = { ...readLinuxResources(body), devices: readDeviceRates(body) };
    const health = readHealthChanges(body);
    await inSpecFieldNames(() => updateContainer(engine, id, { limits, restart, health }));
    return json(id, 201);
  },
});
