import { BryoError } from '../../base/errors.ts';
import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { dockerDefaultNetwork } from '../../view/docker/names.ts';
import { predefinedNetwork } from '../../view/docker/predefined-networks.ts';
import type { Asker } from '../context.ts';

/**
 * The network that a word of the command line means: `bridge` is docker's name of the default one. Throws BryoError
 * `bad-network` for what docker counts to the networks, though it is none that can be changed.
 */
export function networkWord({ dialect, engine }: Asker, word: string): string {
  if (dialect !== 'docker') return word;
  if (predefinedNetwork(word) !== null) {
    throw new BryoError('bad-network', `${word} is a pre-defined network and cannot be changed`);
  }
  return word === dockerDefaultNetwork ? defaultNetworkName(engine) : word;
}
