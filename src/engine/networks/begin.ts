import { storeHolder } from '../../network/bridge/holder.ts';
import { beginBridgeSpaces } from '../../network/bridge/spaces.ts';
import { networkDefaults } from '../containers/configured.ts';
import type { Engine } from '../engine.ts';

/** Starts what bridges need, beside a command that is about to start a container on some. */
export function beginBridges(engine: Engine): void {
  try {
    const defaults = networkDefaults(engine);
    const { directory, holder } = storeHolder(engine.store, engine.idMap(), defaults);
    beginBridgeSpaces(directory, holder);
  } catch {
    // The start itself will say what is wrong.
  }
}
