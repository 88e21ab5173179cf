import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { dockerDefaultNetwork } from '../../view/docker/names.ts';
import type { CliContext } from '../context.ts';

/** The network that a word of the command line means: `bridge` is docker's name of the default one. */
export function networkWord({ dialect, engine }: CliContext, word: string): string {
  return dialect === 'docker' && word === dockerDefaultNetwork ? defaultNetworkName(engine) : word;
}
