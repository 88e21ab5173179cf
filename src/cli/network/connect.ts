import { connectNetwork } from '../../engine/networks/connect.ts';
import { plainAttachment, withAddressFlags } from '../../request/attachment.ts';
import { defineCommand } from '../command.ts';
import { asStart } from '../container/each.ts';
import { readAddressFlags } from '../options/container/network.ts';
import { networkWord } from './names.ts';

export const command = defineCommand({
  name: 'network-connect',
  noun: 'network',
  summary: 'Connect a container to a network',
  synopsis: 'NETWORK CONTAINER',
  arguments: { min: 2, max: 2, kind: 'network' },
  options: [
    { name: 'alias', value: 'NAME', repeat: true, help: 'another name of it on this network' },
    { name: 'ip', value: 'ADDRESS', help: 'its IPv4 address on this network' },
    { name: 'ip6', value: 'ADDRESS', help: 'its IPv6 address on this network' },
    { name: 'mac-address', value: 'ADDRESS', help: 'its hardware address on this network' },
  ],
  description: [
    'Connects a container that was made with a bridge network to a further one, with an interface of its own: at its next start, or at once if it runs, and then its hosts file and resolv.conf follow. Its published ports go on leading to it, by whichever network it is on.',
  ],
  examples: [{ command: 'bryo network connect --alias db backend web', says: 'with another name' }],
  async run(invocation) {
    const { args, context } = invocation;
    const [network = '', container = ''] = args;
    const plain = plainAttachment(networkWord(context, network));
    const [request = plain] = withAddressFlags([plain], readAddressFlags(invocation, 'alias'));
    await asStart(() => connectNetwork(context.engine, container, request));
    return 0;
  },
});
