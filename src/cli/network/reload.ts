import { BryoError } from '../../base/errors.ts';
import { listRecords } from '../../container/records.ts';
import { reloadNetworks } from '../../engine/networks/reload.ts';
import { defineCommand } from '../command.ts';
import { forEachChosen } from '../container/each.ts';
import { latestOption, namedOrLatest } from '../options/latest.ts';
import { allOption } from '../options/shared.ts';

export const command = defineCommand({
  name: 'network-reload',
  noun: 'network',
  summary: 'Read the networks of running containers anew',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [allOption, latestOption],
  description: [
    'Tells the name service of these containers’ networks anew what the files of the networks say, and prints the ids. A container on a bridge of this machine (`network create -d macvlan -o parent=BRIDGE`) that an administrator has removed and made again is connected to it again. What a firewall of the host is set to makes no difference to the containers: their rules are in a namespace of the user’s own.',
  ],
  examples: [
    {
      command: 'bryo network reload --all',
      says: 'after a file was changed by hand, or a bridge of the LAN made again',
    },
  ],
  async run(invocation) {
    const { context, flag } = invocation;
    const all = flag('all');
    if (all && (invocation.args.length > 0 || flag('latest'))) {
      throw new BryoError('usage', '--all, --latest and containers cannot be used together');
    }
    const names = all
      ? listRecords(context.engine.store).records.map(({ id }) => id)
      : namedOrLatest(invocation);
    return forEachChosen(invocation, { names, bySearch: all }, async (name) => {
      try {
        return await reloadNetworks(context.engine, name);
      } catch (error) {
        // As podman has it: --all means those that have such a network.
        if (all && error instanceof BryoError && error.code === 'bad-network') return null;
        throw error;
      }
    });
  },
});
