import type { ContainerRecord } from '../../container/record.ts';
import { readContainer } from '../../container/records.ts';
import { type ContainerState, readContainerState } from '../../monitor/state.ts';
import type { PortMapping } from '../../network/types.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import { containerFile } from '../../store/container-files.ts';
import type { Store } from '../../store/paths.ts';
import { readRecordFile } from '../../store/record-file.ts';
import { within } from '../../store/staging.ts';

function portsPath(store: Store, id: string): string {
  return containerFile(store, id, 'ports');
}

/** Remembers the ports that a start published. */
export function writePorts(store: Store, id: string, ports: readonly PortMapping[]): void {
  if (ports.length === 0) return;
  writeFileAtomic(portsPath(store, id), JSON.stringify(ports), 'volatile', within(store));
}

interface PortOwner {
  record: ContainerRecord;
  state: ContainerState;
}

/** The container whose published ports lead into the network of another: its pod's, or itself. */
export function portOwner(store: Store, own: PortOwner): PortOwner {
  const { network } = own.record.options;
  if (network.mode !== 'container') return own;
  const reading = readContainer(store, network.container);
  if (reading.kind !== 'sound') return own;
  const record = reading.value;
  return portOwner(store, { record, state: readContainerState(store, record.id) });
}

function arePorts(value: unknown): value is PortMapping[] {
  if (!Array.isArray(value)) return false;
  return value.every((port: Partial<PortMapping> | null) => {
    if (typeof port !== 'object' || port === null) return false;
    const { hostIp, hostPort, containerPort, protocol } = port;
    const numbers = [hostPort, containerPort].every(Number.isSafeInteger);
    return numbers && typeof hostIp === 'string' && typeof protocol === 'string';
  });
}

/** The ports of a container's last start; none when the record of them is damaged. */
export function readPorts(store: Store, id: string): PortMapping[] {
  const reading = readRecordFile(portsPath(store, id), arePorts);
  return reading.kind === 'sound' ? reading.value : [];
}

/** The ports that lead to a container: those of its network, which another one may have published. */
export function livePorts(store: Store, own: PortOwner): PortMapping[] {
  return own.state.status === 'running' ? readPorts(store, portOwner(store, own).record.id) : [];
}
