import { BryoError } from '../../../base/errors.ts';
import { createRequested } from '../../../engine/containers/create-requested.ts';
import type { Engine } from '../../../engine/engine.ts';
import { linkContainers } from '../../../engine/networks/links.ts';
import type { NetworkRequest } from '../../../request/network.ts';
import { readContainer } from '../../body/container.ts';
import type { Field } from '../../body/field.ts';
import { inFieldNames } from '../../body/field-names.ts';
import { readLinks } from '../../body/network.ts';
import { readBody } from '../../body/read.ts';
import { text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf, texts } from '../../route/schema.ts';

/** Has other containers known by the names that the request links them with (HostConfig.Links, and those of endpoints). */
async function linkNamed(engine: Engine, body: Field, network: NetworkRequest): Promise<void> {
  const endpoints = body.get('NetworkingConfig').get('EndpointsConfig').entries();
  const lists = [body.get('HostConfig'), ...endpoints.map(([, endpoint]) => endpoint)];
  for (const list of lists.map((place) => place.get('Links'))) {
    const links = readLinks(list);
    if (links.length === 0) continue;
    const networks = network.mode === 'bridge' ? network.networks : [];
    try {
      await linkContainers(
        engine,
        networks.map((one) => one.network),
        links,
      );
    } catch (error) {
      // Not as an error of its own: of a 404 clients think that the image is missing, and pull it.
      if (error instanceof BryoError) throw list.problem(error.message);
      throw error;
    }
  }
}

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
    await linkNamed(engine, body, options.network);
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
