import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { lockNetworks } from '../../network/config/networks.ts';
import { rewriteNetworkFacts } from '../../network/name-files.ts';
import type { Engine } from '../engine.ts';
import { attachmentsOf } from './attachments.ts';
import { networkDirectory } from './directory.ts';

/**
 * Tells the name service of a running container's networks anew what their files say, and connects the container again
 * to a bridge of this machine that was removed and made again. The rules for its packets are
 * those of a namespace of its own, which no firewall of the host changes. Gives its id. Throws BryoError
 * `no-such-container`, and `bad-network` where it has none.
 */
export async function reloadNetworks(engine: Engine, nameOrId: string): Promise<string> {
  const record = findRecord(engine.store, nameOrId);
  const { mode } = record.options.network;
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running') {
    throw new BryoError(
      'bad-network',
      `container ${record.id} network is not configured, refusing to reload: container state improper`,
    );
  }
  if (mode !== 'bridge') {
    const shown = mode === 'default' ? 'slirp4netns' : mode;
    throw new BryoError(
      'bad-network',
      `${JSON.stringify(shown)} is not supported: invalid network mode`,
    );
  }
  const lock = await lockNetworks(networkDirectory(engine), 'exclusive');
  try {
    const attachments = attachmentsOf(engine, record);
    for (const { network } of attachments) rewriteNetworkFacts(engine.store, network);
    if (attachments.some(({ network }) => network.link.driver === 'macvlan')) {
      // Loaded here: most containers are on bridges alone.
      const { reconnectLive } = await import('./live.ts');
      await reconnectLive(engine, { record, pid: state.pid }, attachments);
    }
  } finally {
    lock.release();
  }
  return record.id;
}
