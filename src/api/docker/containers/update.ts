import { findRecord } from '../../../container/records.ts';
import { updateContainer } from '../../../engine/containers/update.ts';
import { inFieldNames } from '../../body/field-names.ts';
import { readResources } from '../../body/limits.ts';
import { readRestart } from '../../body/process.ts';
import { readBody } from '../../body/read.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, objectOf, orNull, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Change limits and restart policy of a container',
  body: { about: 'Resources, with RestartPolicy', schema: anObject },
  answers: { 200: { about: 'it is done', schema: objectOf({ Warnings: orNull(texts) }) } },
  async handle(request) {
    const { engine } = request;
    const { id } = findRecord(engine.store, param(request, 'container'));
    const body = await readBody(request);
    const policy = body.get('RestartPolicy');
    const restart = policy.get('Name').isZero ? null : readRestart(policy);
    const health = { disabled: false, regular: {}, startup: {}, onFailure: null, log: {} };
    const limits = readResources(body);
    await inFieldNames(() => updateContainer(engine, id, { limits, restart, health }));
    return json({ Warnings: null });
  },
});
