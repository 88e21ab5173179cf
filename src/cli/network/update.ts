import { updateNetwork } from '../../engine/networks/update.ts';
import { readEgress } from '../../request/egress.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-update',
  noun: 'network',
  summary: 'Change the name servers of a network, and what it lets out',
  synopsis: 'NETWORK',
  arguments: { min: 1, max: 1, kind: 'network' },
  options: [
    { name: 'dns-add', value: 'ADDRESS', repeat: true, help: 'ask this server, too' },
    { name: 'dns-drop', value: 'ADDRESS', repeat: true, help: 'do not ask this server any more' },
    {
      name: 'egress',
      value: 'RULE',
      repeat: true,
      help: 'what containers may reach outside instead of what was said before; empty: anything',
    },
  ],
  description: [
    'Changes which servers are asked for names outside the network, also for containers that run. Without any of its own those of the host are asked.',
    'With --egress it changes what its containers may reach outside (bryo-network-create(1)), for those that are started from now on; a warning names those that run.',
  ],
  examples: [
    { command: 'bryo network update --dns-add 9.9.9.9 web', says: 'one more server' },
    {
      command: "bryo network update --egress '*.example.com:443' web",
      says: 'only these from now on',
    },
  ],
  async run({ args, context, texts }) {
    const [name = ''] = args;
    const list = (flag: string) => texts(flag).flatMap((servers) => servers.split(','));
    const rules = texts('egress');
    const egress = rules.length === 1 && rules[0] === '' ? null : (readEgress(rules) ?? undefined);
    const change = {
      add: list('dns-add'),
      drop: list('dns-drop'),
      ...(egress !== undefined && { egress }),
    };
    await updateNetwork(context.engine, networkWord(context, name), change);
    printLine(context, name);
    return 0;
  },
});
