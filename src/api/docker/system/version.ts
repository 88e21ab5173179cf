import { dockerVersionDocument } from '../../../view/docker/version.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, aText, listOf, objectOf, textMap } from '../../route/schema.ts';
import { dockerApi, libpodApi } from '../../route/version.ts';

const component = objectOf({ Name: aText, Version: aText, Details: textMap });

export const route = defineRoute({
  summary: 'Show the versions of the service and of what it is made of',
  answers: {
    200: {
      about: 'versions',
      schema: objectOf({
        Components: listOf(component),
        Version: aText,
        ApiVersion: aText,
        MinAPIVersion: aText,
        Os: aText,
        Arch: aText,
        KernelVersion: aText,
        Experimental: aFlag,
      }),
    },
  },
  async handle({ api }) {
    const versions = dockerVersionDocument({ docker: dockerApi, libpod: libpodApi });
    // podman's client shows this as the version of its server.
    return json(api === 'libpod' ? { ...versions, Version: libpodApi.newest } : versions);
  },
});
