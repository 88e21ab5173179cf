import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { rewriteNetworkFacts } from '../../network/name-files.ts';
import type { Engine } from '../engine.ts';
import { attachmentsOf } from './attachments.ts';

/**
 * Tells the name service of a running container's networks anew what their files say. The rules for its packets are
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
  for (const { network } of attachmentsOf(engine, record)) {
    rewriteNetworkFacts(engine.store, network);
  }
  return record.id;
}
