import { rmSync } from 'node:fs';
import { networkLeftovers } from '../../network/bridge/leftovers.ts';
import { listNetworks } from '../../network/config/networks.ts';
import type { Engine } from '../engine.ts';
import { networkDirectory } from './directory.ts';

/** Removes what containers on networks which were killed have left in the runtime directory. */
export function sweepNetworks(engine: Engine): void {
  const { networks } = listNetworks(networkDirectory(engine));
  const known = new Set(networks.map(({ id }) => id));
  for (const path of networkLeftovers(engine.store, known)) {
    rmSync(path, { recursive: true, force: true });
  }
}
