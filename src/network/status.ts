import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
  /** The address came by DHCP: another one may have taken its place (addon/net/lease_files.h). */
  leased?: boolean;
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

function leaseFile(directory: string, interfaceName: string): string {
  return join(fileIn(directory, 'leases'), interfaceName);
}

/** Makes room for what will be known of an interface's lease; a former one counts no more. */
export function forgetLease(directory: string, interfaceName: string): void {
  mkdirSync(fileIn(directory, 'leases'), { recursive: true, mode: 0o700 });
  rmSync(leaseFile(directory, interfaceName), { force: true });
}

/** The address of the lease that an interface has now: "ADDRESS/BITS ROUTER", or "-" for none. Null: none is known. */
function readLeasedAddress(path: string): InterfaceAddress | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const [own = '', router = '-'] = text.trim().split(' ');
  const [address = '', prefix] = own.split('/');
  if (address === '' || prefix === undefined) return null;
  return { address, prefix: Number(prefix), gateway: router === '-' ? null : router };
}

function withLeasedAddress(directory: string, status: InterfaceStatus): InterfaceStatus {
  if (status.leased !== true) return status;
  const address = readLeasedAddress(leaseFile(directory, status.interfaceName));
  return address === null ? status : { ...status, addresses: [address] };
}

/** The interfaces that the container of a directory had when it was last connected; they count while it runs. */
export function readNetworkStatus(directory: string): InterfaceStatus[] {
  const reading = readRecordFile(fileIn(directory, file), isStatus);
  if (reading.kind !== 'sound') return [];
  return reading.value.interfaces.map((status) => withLeasedAddress(directory, status));
}
