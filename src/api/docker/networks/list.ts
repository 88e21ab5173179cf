import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { networkFilter } from '../../../engine/networks/filters.ts';
import { readNetworks, usedNetworks } from '../../../engine/networks/look-up.ts';
import { dockerNetwork } from '../../../view/docker/network.ts';
import { predefinedNames, withPredefined } from '../../../view/docker/predefined-networks.ts';
import { filters } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, anObject, aText, listOf, objectOf, textMap } from '../../route/schema.ts';

export const networkSchema = objectOf({
  Name: aText,
  Id: aText,
  Created: aText,
  Scope: aText,
  Driver: aText,
  EnableIPv6: aFlag,
  IPAM: anObject,
  Internal: aFlag,
  Containers: anObject,
  Options: textMap,
  Labels: textMap,
});

export const route = defineRoute({
  summary: 'List networks',
  query: { filters: filters() },
  answers: { 200: { about: 'networks', schema: listOf(networkSchema) } },
  async handle({ engine, query }) {
    const defaultName = defaultNetworkName(engine);
    const words = query.filters.filter((word) => word !== 'scope=local');
    const used = () => usedNetworks(engine.store);
    const fits = await networkFilter(words, { used, predefined: new Set(predefinedNames) });
    const networks = withPredefined(readNetworks(engine), defaultName).filter(fits);
    return json(networks.map((network) => dockerNetwork({ network, containers: [] }, defaultName)));
  },
});
