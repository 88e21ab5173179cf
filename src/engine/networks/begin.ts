import { holderArguments } from '../../network/bridge/holder.ts';
import { beginBridgeSpaces } from '../../network/bridge/spaces.ts';
import { storePaths } from '../../store/paths.ts';
import { networkDefaults } from '../containers/configured.ts';
import type { Engine } from '../engine.ts';

/** Starts what bridges need, beside a command that is about to start a container on some. */
export function beginBridges(engine: Engine): void {
  const directory = storePaths.runNetworks(engine.store);
  try {
    const argv = holderArguments(directory, engine.idMap(), networkDefaults(engine));
    beginBridgeSpaces(directory, argv);
  } catch {
    // The start itself will say what is wrong.
  }
}
