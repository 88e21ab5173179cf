import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { viewNetwork } from '../../../engine/networks/inspect.ts';
import { dockerModeNetwork, dockerNetwork } from '../../../view/docker/network.ts';
import { flag, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { networkSchema } from './list.ts';
import { modes, networkParam } from './name.ts';

export const route = defineRoute({
  summary: 'Show a network',
  query: { verbose: flag('also services, of which there are none'), scope: text('local') },
  answers: { 200: { about: 'the network', schema: networkSchema } },
  async handle(request) {
    const { engine } = request;
    const name = networkParam(request);
    const mode = modes.find((one) => one === name);
    if (mode !== undefined) return json(dockerModeNetwork(mode));
    return json(dockerNetwork(viewNetwork(engine, name), defaultNetworkName(engine)));
  },
});
