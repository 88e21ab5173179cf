import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '../../container/record.ts';
import { readRecord } from '../../container/records.ts';
import { type ContainerState, readContainerState } from '../../monitor/state.ts';
import type { PortMapping } from '../../network/types.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import { type Store, storePaths } from '../../store/paths.ts';

function portsPath(store: Store, id: string): string {
  return join(storePaths.container(store, id), 'ports.json');
}

/** Remembers the ports that a start published. */
export function writePorts(store: Store, id: string, ports: readonly PortMapping[]): void {
  if (ports.length === 0) return;
  writeFileAtomic(portsPath(store, id), JSON.stringify(ports), 'volatile');
}

interface PortOwner {
  record: ContainerRecord;
  state: ContainerState;
}

/** The container whose published ports lead into the network of another: its pod's, or itself. */
export function portOwner(store: Store, own: PortOwner): PortOwner {
  const { network } = own.record.options;
  if (network.mode !== 'container') return own;
  const record = readRecord(store, network.container);
  if (record === null) return own;
  return portOwner(store, { record, state: readContainerState(store, record.id) });
}

/** The ports of a container's last start. */
export function readPorts(store: Store, id: string): PortMapping[] {
  try {
    return JSON.parse(readFileSync(portsPath(store, id), 'utf8')) as PortMapping[];
  } catch {
    return [];
  }
}
