import { configText } from '../../config/config.ts';
import type { Engine } from '../engine.ts';

/** The name of the network that is there without being made (containers.conf(5), `default_network`). */
export function defaultNetworkName({ config }: Pick<Engine, 'config'>): string {
  return configText(config, 'network.default_network') ?? 'podman';
}
