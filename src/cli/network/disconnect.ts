import { disconnectNetwork } from '../../engine/networks/connect.ts';
import { defineCommand } from '../command.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-disconnect',
  noun: 'network',
  summary: 'Disconnect a container from a network',
  synopsis: 'NETWORK CONTAINER',
  arguments: { min: 2, max: 2, kind: 'network' },
  options: [
    { name: 'force', short: 'f', help: 'the same: nothing stands in the way of a disconnection' },
  ],
  description: [
    'Takes the interface of a network away from a container. One without any network left reaches nobody until it is connected again.',
  ],
  examples: [{ command: 'bryo network disconnect backend web', says: 'web leaves backend' }],
  async run({ args, context }) {
    const [network = '', container = ''] = args;
    await disconnectNetwork(context.engine, container, networkWord(context, network));
    return 0;
  },
});
