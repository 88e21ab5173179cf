import { readFileSync, readlinkSync } from 'node:fs';
import { BryoError, exitCodes } from '../base/errors.ts';
import { formatIp } from '../base/ip-network.ts';
import { listeningSockets } from '../native/inherited-fds.ts';
import type { PortRequest } from '../request/ports.ts';
import type { PortMapping } from './types.ts';

/** State of a listening socket, and of a UDP socket that is connected to none (proc_pid_net(5)). */
const waiting = { tcp: '0A', udp: '07' } as const;

/** An address as the kernel's tables have it: words of 32 bits in the order of the machine's bytes. */
function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return formatIp({ family: bytes.length === 4 ? 4 : 6, value });
}

function tableRows(name: string): string[][] {
  try {
    const [, ...rows] = readFileSync(`/proc/self/net/${name}`, 'latin1').trim().split('\n');
    return rows.map((row) => row.trim().split(/\s+/));
  } catch {
    // A kernel without IPv6.
    return [];
  }
}

type Place = Pick<PortMapping, 'hostIp' | 'hostPort'>;

/** Where a socket of this process waits for clients; null: it is of another protocol, or does not. */
function placeOf(descriptor: number, protocol: PortMapping['protocol']): Place | null {
  const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`)) ?? [];
  if (inode === undefined) return null;
  for (const name of [protocol, `${protocol}6`]) {
    const row = tableRows(name).find(
      (words) => words[9] === inode && words[3] === waiting[protocol],
    );
    const [address, port] = row?.[1]?.split(':') ?? [];
    if (address === undefined || port === undefined) continue;
    return { hostIp: readAddress(address), hostPort: Number.parseInt(port, 16) };
  }
  return null;
}

function refuse({ socket, protocol }: PortRequest, why: string): BryoError {
  return new BryoError('bad-port', `cannot publish fd:${socket}: ${why}`, {
    exitCode: exitCodes.notExecutable,
    hint: `a socket unit of systemd with ${protocol === 'tcp' ? 'ListenStream' : 'ListenDatagram'}=ADDRESS and FileDescriptorName=${socket} hands it to its service: systemctl --user start or restart that`,
  });
}

/**
 * The sockets that this process was started with under the name that a port asks for: several, where one is for each
 * family of addresses.
 *
 * Throws BryoError `bad-port` when there is none of the port's protocol.
 */
export function givenPorts(request: PortRequest): PortMapping[] {
  const named = listeningSockets().filter(({ name }) => name === request.socket);
  if (named.length === 0) throw refuse(request, 'no socket of that name was handed over');
  const { containerPort, protocol } = request;
  const ports = named.flatMap(({ fd }) => {
    const place = placeOf(fd, protocol);
    return place === null ? [] : [{ ...place, containerPort, protocol, descriptor: fd }];
  });
  if (ports.length > 0) return ports;
  const kind = protocol === 'tcp' ? 'listening socket of TCP' : 'socket of UDP';
  throw refuse(request, `that is no ${kind}`);
}
