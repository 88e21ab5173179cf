import { BryoError } from '../../base/errors.ts';
import { findProgram } from '../../native/programs.ts';
import { storeHolder } from '../../network/bridge/holder.ts';
import { openBridgeSpaces } from '../../network/bridge/spaces.ts';
import { networkDefaults } from '../containers/configured.ts';
import type { Engine } from '../engine.ts';

/** A program that enters the network of the bridges, with the descriptors that it is given from 3 on. */
export interface BridgeEntrance {
  program: string;
  /** Before the command to run there. */
  argv: string[];
  fds: number[];
}

/**
 * The way into the network namespace of the user's bridges, which is made if no container has one. Throws
 * BryoError `no-bridges`, `no-slirp4netns`.
 */
export async function bridgeEntrance(engine: Engine): Promise<BridgeEntrance> {
  const program = findProgram('nsenter');
  if (program === null) {
    throw new BryoError('command-not-found', 'nsenter is not installed', {
      hint: 'apt install util-linux',
    });
  }
  const defaults = networkDefaults(engine);
  const { directory, holder } = storeHolder(engine.store, engine.idMap(), defaults);
  const { users, network, lease } = await openBridgeSpaces(directory, holder);
  // The caller's id is that of root there.
  const spaces = ['--user=/proc/self/fd/3', '--net=/proc/self/fd/4', '--preserve-credentials'];
  return { program, argv: ['nsenter', ...spaces, '--'], fds: [users, network, lease] };
}
