import { findRecord } from '../../../container/records.ts';
import { connectNetwork, disconnectNetwork } from '../../../engine/networks/connect.ts';
import { networkPruneFilter } from '../../../engine/networks/filters.ts';
import { linkContainers } from '../../../engine/networks/links.ts';
import { networkNamed } from '../../../engine/networks/look-up.ts';
import { pruneNetworks, removeNetwork } from '../../../engine/networks/networks.ts';
import { predefinedNames } from '../../../view/docker/predefined-networks.ts';
import { readEndpoint, readLinks } from '../../body/network.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, objectOf, orNull, texts } from '../../route/schema.ts';
import { networkParam } from './name.ts';

export const remove = defineRoute({
  summary: 'Remove a network',
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const shown = param(request, 'network');
    if (predefinedNames.includes(shown)) {
      throw new HttpProblem(403, `${shown} is a pre-defined network and cannot be removed`);
    }
    await removeNetwork(request.engine, networkParam(request), { force: false, timeout: null });
    return empty();
  },
});

/** The network of the path, the body, and the id of the container that it names. */
async function readConnection(request: ApiRequest) {
  const { engine } = request;
  const { name } = networkNamed(engine, networkParam(request));
  const body = await readBody(request);
  const container = body.get('Container').word();
  if (container === null) throw body.get('Container').problem('a container is needed');
  return { name, body, id: findRecord(engine.store, container).id };
}

export const connect = defineRoute({
  summary: 'Connect a container to a network',
  body: { about: 'Container, EndpointConfig', schema: anObject },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { name, body, id } = await readConnection(request);
    const endpoint = body.get('EndpointConfig');
    const links = readLinks(endpoint.get('Links'));
    await linkContainers(request.engine, [name], links);
    await connectNetwork(request.engine, id, readEndpoint(endpoint, name));
    return empty(200);
  },
});

export const disconnect = defineRoute({
  summary: 'Disconnect a container from a network',
  body: { about: 'Container, Force', schema: anObject },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { name, id } = await readConnection(request);
    await disconnectNetwork(request.engine, id, name);
    return empty(200);
  },
});

export const prune = defineRoute({
  summary: 'Remove networks that no container joins',
  query: { filters: filters() },
  answers: {
    200: { about: 'they are removed', schema: objectOf({ NetworksDeleted: orNull(texts) }) },
  },
  async handle({ engine, query }) {
    const fits = await networkPruneFilter(query.filters);
    return json({ NetworksDeleted: await pruneNetworks(engine, fits) });
  },
});
