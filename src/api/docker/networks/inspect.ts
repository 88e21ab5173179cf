import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { viewNetwork } from '../../../engine/networks/inspect.ts';
import { dockerNetwork } from '../../../view/docker/network.ts';
import { predefinedNetwork } from '../../../view/docker/predefined-networks.ts';
import { flag, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { networkSchema } from './list.ts';
import { networkParam } from './name.ts';

export const route = defineRoute({
  summary: 'Show a network',
  query: { verbose: flag('also services, of which there are none'), scope: text('local') },
  answers: { 200: { about: 'the network', schema: networkSchema } },
  async handle(request) {
    const { engine } = request;
    const name = networkParam(request);
    const mode = predefinedNetwork(name);
    if (mode !== null) return json(dockerNetwork({ network: mode, containers: [] }, ''));
    return json(dockerNetwork(viewNetwork(engine, name), defaultNetworkName(engine)));
  },
});
