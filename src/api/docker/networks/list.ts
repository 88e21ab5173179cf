import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { networkFilter } from '../../../engine/networks/filters.ts';
import { readNetworks, usedNetworks } from '../../../engine/networks/look-up.ts';
import { dockerModeNetwork, dockerNetwork } from '../../../view/docker/network.ts';
import { filters } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, anObject, aText, listOf, objectOf, textMap } from '../../route/schema.ts';
import { modes } from './name.ts';

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

/** Whether a word asks for one of Docker's networks that are modes, as far as it names one. */
function modeFits(name: string, words: readonly string[]): boolean {
  return words.every((word) => {
    const [key = '', value = ''] = word.split(/=(.*)/s);
    if (key === 'name') return name.includes(value);
    if (key === 'driver') return value === (name === 'none' ? 'null' : name);
    return (key === 'type' && value === 'builtin') || (key === 'scope' && value === 'local');
  });
}

export const route = defineRoute({
  summary: 'List networks',
  query: { filters: filters() },
  answers: { 200: { about: 'networks', schema: listOf(networkSchema) } },
  async handle({ engine, query }) {
    const defaultName = defaultNetworkName(engine);
    const own = query.filters
      .filter((word) => !/^(scope=local|type=(builtin|custom))$/.test(word))
      .map((word) => (word === 'name=bridge' ? `name=${defaultName}` : word));
    const used = () => usedNetworks(engine.store);
    const fits = await networkFilter(own, { used, defaultName });
    const builtIn = query.filters.includes('type=builtin');
    const custom = query.filters.includes('type=custom');
    const networks = readNetworks(engine)
      .filter(fits)
      .filter(({ name }) => (builtIn ? name === defaultName : !custom || name !== defaultName));
    return json([
      ...networks.map((network) => dockerNetwork({ network, containers: [] }, defaultName)),
      ...modes.filter((name) => modeFits(name, query.filters)).map(dockerModeNetwork),
    ]);
  },
});
