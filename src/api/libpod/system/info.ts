import { gatherFacts } from '../../../engine/system/facts.ts';
import { findServiceSocket } from '../../../engine/system/service-socket.ts';
import { podmanInfo } from '../../../view/podman/info.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, objectOf } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Show facts of the machine and the store',
  answers: {
    200: {
      about: 'facts',
      schema: objectOf({
        host: anObject,
        store: anObject,
        registries: anObject,
        version: anObject,
      }),
    },
  },
  async handle({ engine }) {
    const info = podmanInfo(await gatherFacts(engine), findServiceSocket('bryo'));
    return json({ ...info, host: { ...info.host, serviceIsRemote: true } });
  },
});
