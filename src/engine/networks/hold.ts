import type { ContainerOptions } from '../../request/container.ts';
import type { Engine } from '../engine.ts';
import type { HeldNetworks } from './attachments.ts';

/**
 * Finds the networks of a request and keeps them from being removed. Throws BryoError `no-such-network`, and
 * `bad-network` for what they do not have.
 */
export async function holdNetworks(
  engine: Engine,
  { network: request, egress }: Pick<ContainerOptions, 'network' | 'egress'>,
): Promise<HeldNetworks> {
  if (request.mode !== 'bridge') return { request, release: () => undefined };
  // Loaded here: most containers have no network with a name.
  const { holdNamedNetworks } = await import('./attachments.ts');
  return holdNamedNetworks(engine, request, egress);
}
