import { type Durability, writeFileAtomic } from '../store/atomic-file.ts';
import { type ContainerFile, fileIn } from '../store/container-files.ts';
import { readRecordFile } from '../store/record-file.ts';

/** An address of a running container. */
export interface InterfaceAddress {
  address: string;
  prefix: number;
  /** Null: the network has none. */
  gateway: string | null;
}

/** An interface of a running container in one of its networks. */
export interface InterfaceStatus {
  /** Name of the network. */
  network: string;
  networkId: string;
  interfaceName: string;
  /** Lower case with colons. */
  mac: string;
  addresses: InterfaceAddress[];
  /** The container was connected while it ran: its monitor does not keep the address. */
  late?: boolean;
}

const file: ContainerFile = 'network';

function isStatus(value: unknown): value is { interfaces: InterfaceStatus[] } {
  if (typeof value !== 'object' || value === null || !('interfaces' in value)) return false;
  const { interfaces } = value;
  return (
    Array.isArray(interfaces) &&
    interfaces.every(
      (one: Partial<InterfaceStatus> | null) =>
        typeof one?.network === 'string' &&
        typeof one.networkId === 'string' &&
        typeof one.interfaceName === 'string' &&
        typeof one.mac === 'string' &&
        Array.isArray(one.addresses),
    )
  );
}

/** Writes the interfaces of a container that is about to run, or runs. */
export function writeNetworkStatus(
  directory: string,
  interfaces: readonly InterfaceStatus[],
  durability: Durability = 'volatile',
): void {
  writeFileAtomic(fileIn(directory, file), `${JSON.stringify({ interfaces })}\n`, durability);
}

/** The interfaces that the container of a directory had when it was last connected; they count while it runs. */
export function readNetworkStatus(directory: string): InterfaceStatus[] {
  const reading = readRecordFile(fileIn(directory, file), isStatus);
  return reading.kind === 'sound' ? reading.value.interfaces : [];
}
