import { BryoError } from '../../base/errors.ts';
import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { viewNetwork } from '../../engine/networks/inspect.ts';
import { dockerNetwork } from '../../view/docker/network.ts';
import { predefinedNetwork } from '../../view/docker/predefined-networks.ts';
import { inspectedNetwork } from '../../view/podman/network.ts';
import type { Asker } from '../context.ts';
import { networkWord } from './names.ts';

export type NetworkDescription = Record<string, unknown>;

/**
 * Describes a network as `inspect` of the dialect does. Throws BryoError `no-such-network`,
 * `ambiguous-id`.
 */
export function describeNetwork(asker: Asker, name: string): NetworkDescription {
  const { dialect, engine } = asker;
  const mode = dialect === 'docker' ? predefinedNetwork(name) : null;
  if (mode !== null) return dockerNetwork({ network: mode, containers: [] }, '');
  try {
    const view = viewNetwork(engine, networkWord(asker, name));
    return dialect === 'docker'
      ? dockerNetwork(view, defaultNetworkName(engine))
      : inspectedNetwork(view);
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'no-such-network') throw error;
    throw new BryoError(error.code, `network ${name}: ${error.message}`, { about: name });
  }
}
