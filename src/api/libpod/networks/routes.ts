import { findRecord } from '../../../container/records.ts';
import { connectNetwork, disconnectNetwork } from '../../../engine/networks/connect.ts';
import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { networkFilter, networkPruneFilter } from '../../../engine/networks/filters.ts';
import { viewNetwork } from '../../../engine/networks/inspect.ts';
import { networkNamed, readNetworks, usedNetworks } from '../../../engine/networks/look-up.ts';
import { createNetwork, pruneNetworks, removeNetwork } from '../../../engine/networks/networks.ts';
import { updateNetwork } from '../../../engine/networks/update.ts';
import { networkObject } from '../../../network/config/file-format.ts';
import { inspectedNetwork } from '../../../view/podman/network.ts';
import { readBody } from '../../body/read.ts';
import { filters, flag, seconds } from '../../route/query.ts';
import { empty, json, text } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';
import { readEndpoint } from '../body/network.ts';
import { readCreation } from '../body/network-creation.ts';

const networkSchema = objectOf({
  name: aText,
  id: aText,
  driver: aText,
  created: aText,
  ipv6_enabled: aFlag,
  internal: aFlag,
  dns_enabled: aFlag,
});

export const list = defineRoute({
  summary: 'List networks',
  query: { filters: filters() },
  answers: { 200: { about: 'networks', schema: listOf(networkSchema) } },
  async handle({ engine, query }) {
    const used = () => usedNetworks(engine.store);
    const predefined = new Set([defaultNetworkName(engine)]);
    const fits = await networkFilter(query.filters, { used, predefined });
    return json(readNetworks(engine).filter(fits).map(networkObject));
  },
});

export const create = defineRoute({
  summary: 'Create a network',
  query: { ignoreIfExists: flag('one that is there is no error') },
  body: { about: 'Network', schema: anObject },
  answers: { 200: { about: 'it is made', schema: networkSchema } },
  async handle(request) {
    const creation = readCreation(await readBody(request));
    const ignore = request.query.ignoreIfExists;
    return json(networkObject(await createNetwork(request.engine, creation, { ignore })));
  },
});

export const inspect = defineRoute({
  summary: 'Show a network with the containers that are connected to it',
  answers: { 200: { about: 'the network', schema: networkSchema } },
  async handle(request) {
    return json(inspectedNetwork(viewNetwork(request.engine, param(request, 'network'))));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a network of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    networkNamed(request.engine, param(request, 'network'));
    return empty();
  },
});

export const remove = defineRoute({
  summary: 'Remove a network',
  query: {
    force: flag('with the containers that are connected to it'),
    timeout: seconds('seconds until these are killed; at once otherwise'),
  },
  answers: {
    200: {
      about: 'what was removed',
      schema: listOf(objectOf({ Name: aText, Err: orNull(aText) })),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    const name = param(request, 'network');
    const { force, timeout } = query;
    const wait = timeout !== null && timeout < 0 ? Number.POSITIVE_INFINITY : timeout;
    await removeNetwork(engine, name, { force, timeout: wait });
    return json([{ Name: name, Err: null }]);
  },
});

export const update = defineRoute({
  summary: 'Change the servers that a network asks for names outside',
  body: { about: 'adddnsservers, removednsservers', schema: anObject },
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const body = await readBody(request);
    await updateNetwork(request.engine, param(request, 'network'), {
      add: body.get('adddnsservers').texts(),
      drop: body.get('removednsservers').texts(),
    });
    return empty();
  },
});

export const connect = defineRoute({
  summary: 'Connect a container to a network',
  body: { about: 'container, with PerNetworkOptions', schema: anObject },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine } = request;
    const { name } = networkNamed(engine, param(request, 'network'));
    const body = await readBody(request);
    const container = body.get('container').word();
    if (container === null) throw body.get('container').problem('a container is needed');
    const { id } = findRecord(engine.store, container);
    await connectNetwork(engine, id, readEndpoint(name, body));
    return text('"OK"\n');
  },
});

export const disconnect = defineRoute({
  summary: 'Disconnect a container from a network',
  body: { about: 'Container, Force', schema: anObject },
  answers: { 200: { about: 'it is done' } },
  async handle(request) {
    const { engine } = request;
    const { name } = networkNamed(engine, param(request, 'network'));
    const body = await readBody(request);
    const container = body.get('Container').word();
    if (container === null) throw body.get('Container').problem('a container is needed');
    const { id } = findRecord(engine.store, container);
    await disconnectNetwork(engine, id, name);
    return text('"OK"\n');
  },
});

export const prune = defineRoute({
  summary: 'Remove networks that no container joins',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'what was removed',
      schema: listOf(objectOf({ Name: aText, Error: orNull(aText) })),
    },
  },
  async handle({ engine, query }) {
    const removed = await pruneNetworks(engine, await networkPruneFilter(query.filters));
    return json(removed.map((Name) => ({ Name, Error: null })));
  },
});
