import { gatherFacts } from '../../../engine/system/facts.ts';
import { dockerInfoDocument } from '../../../view/docker/info-document.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, objectOf, orNull, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Show facts of the machine and the store',
  answers: {
    200: {
      about: 'facts',
      schema: objectOf({
        ID: aText,
        Containers: aNumber,
        ContainersRunning: aNumber,
        ContainersPaused: aNumber,
        ContainersStopped: aNumber,
        Images: aNumber,
        Driver: aText,
        CgroupVersion: aText,
        NCPU: aNumber,
        MemTotal: aNumber,
        OSType: aText,
        Architecture: aText,
        ServerVersion: aText,
        SecurityOptions: texts,
        Runtimes: anObject,
        Swarm: anObject,
        Warnings: orNull(texts),
      }),
    },
  },
  handle: async ({ engine }) => json(dockerInfoDocument(await gatherFacts(engine))),
});
