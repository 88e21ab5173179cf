import { remoteDescription } from '../../../engine/images/remote-lists.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf } from '../../route/schema.ts';
import { registryAccess } from '../registry-access.ts';
import { fullName } from './names.ts';

export const route = defineRoute({
  summary: 'Show what a registry has under a name, without pulling it',
  answers: {
    200: {
      about: 'the manifest or list, and the platforms that it is for',
      schema: objectOf({
        Descriptor: objectOf({ mediaType: aText, digest: aText, size: aNumber }),
        Platforms: listOf(anObject),
      }),
    },
  },
  async handle(request) {
    const name = fullName(param(request, 'image'));
    const found = await remoteDescription(name, registryAccess(request.headers, name));
    return json({ Descriptor: found.descriptor, Platforms: found.platforms });
  },
});
