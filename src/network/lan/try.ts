import { closeSync } from 'node:fs';
import type { IdMap } from '../../base/id-map.ts';
import type { Store } from '../../store/paths.ts';
import { storeHolder } from '../bridge/holder.ts';
import { openBridgeSpaces } from '../bridge/spaces.ts';
import type { NetworkDefaults } from '../types.ts';
import { openLan } from './join.ts';
import type { LanWay } from './way.ts';

/**
 * Tries a way to the LAN that any number of containers may have, as the first of them would open it. Throws BryoError
 * `bad-network`, `no-answer`, `no-bridges`, `no-slirp4netns`.
 */
export async function tryLan(
  { store, idMap, defaults }: { store: Store; idMap: IdMap; defaults: NetworkDefaults },
  way: LanWay,
): Promise<void> {
  // A macvtap may be another container's now.
  if (way.kind === 'macvtap') return;
  const { directory, holder } = storeHolder(store, idMap, defaults);
  const spaces = await openBridgeSpaces(directory, holder);
  const { users, network, lease } = spaces;
  const opened = [users, network, lease];
  try {
    const kept = await openLan(store, way, spaces);
    if (kept !== null) opened.push(kept);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
