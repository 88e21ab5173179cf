import { updateNetwork } from '../../engine/networks/networks.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-update',
  noun: 'network',
  summary: 'Change the name servers of a network',
  synopsis: 'NETWORK',
  arguments: { min: 1, max: 1, kind: 'network' },
  options: [
    { name: 'dns-add', value: 'ADDRESS', repeat: true, help: 'ask this server, too' },
    { name: 'dns-drop', value: 'ADDRESS', repeat: true, help: 'do not ask this server any more' },
  ],
  description: [
    'Changes which servers are asked for names outside the network, also for containers that run. Without any of its own those of the host are asked.',
  ],
  examples: [{ command: 'bryo network update --dns-add 9.9.9.9 web', says: 'one more server' }],
  async run({ args, context, texts }) {
    const [name = ''] = args;
    const list = (flag: string) => texts(flag).flatMap((servers) => servers.split(','));
    const change = { add: list('dns-add'), drop: list('dns-drop') };
    await updateNetwork(context.engine, networkWord(context, name), change);
    printLine(context, name);
    return 0;
  },
});
