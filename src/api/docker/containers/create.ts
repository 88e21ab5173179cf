import { createRequested } from '../../../engine/containers/create-requested.ts';
import { readContainer } from '../../body/container.ts';
import { inFieldNames } from '../../body/field-names.ts';
import { readBody } from '../../body/read.ts';
import { text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Create a container',
  query: {
    name: text('its name; one is made up otherwise'),
    platform: text('os/architecture[/variant] of the image, where the name alone means several'),
  },
  body: { about: 'ContainerConfig, with HostConfig and NetworkingConfig', schema: anObject },
  answers: { 201: { about: 'it is made', schema: objectOf({ Id: aText, Warnings: texts }) } },
  async handle(request) {
    const { engine, query } = request;
    const body = await readBody(request);
    const name = query.name === null || query.name === '' ? null : query.name.replace(/^\//, '');
    const options = readContainer(engine, body, name);
    const record = await inFieldNames(() =>
      createRequested(engine, {
        options,
        // Clients pull by a request of its own.
        pull: 'never',
        source: {
          platform: query.platform || null,
          tlsVerify: true,
          authFile: null,
          onProgress: () => undefined,
          onWait: () => undefined,
        },
        replace: false,
        makeSources: true,
        startsAtOnce: false,
        commandLine: [],
      }),
    );
    return json({ Id: record.id, Warnings: [] }, 201);
  },
});
