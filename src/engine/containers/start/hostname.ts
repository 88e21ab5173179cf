import { hostname as hostHostname } from 'node:os';
import { shortId } from '../../../container/id.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { readRecord } from '../../../container/records.ts';
import type { Engine } from '../../engine.ts';

/** The container's name in its own UTS namespace, or in the one that it shares. */
export function hostnameOf(engine: Engine, record: ContainerRecord): string {
  const { hostname, uts, network } = record.options;
  const owner = typeof uts !== 'string' && 'container' in uts ? uts.container : null;
  const other = owner === null ? null : readRecord(engine.store, owner);
  if (other !== null) return hostnameOf(engine, other);
  if (hostname !== null) return hostname;
  return uts === 'host' || network.mode === 'host' ? hostHostname() : shortId(record.id);
}
