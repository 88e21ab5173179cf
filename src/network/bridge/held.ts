import { closeSync } from 'node:fs';
import type { LauncherFd } from '../../contract/descriptors.ts';
import type { Lease } from './leases.ts';
import type { BridgeSpaces } from './spaces.ts';

/** Descriptors of a container's bridges, until its launcher has its own. */
export class HeldBridges {
  #spaces: BridgeSpaces | null = null;
  readonly #leases: number[] = [];

  addSpaces(spaces: BridgeSpaces): void {
    this.#spaces = spaces;
  }

  addLease(lease: Lease | null): void {
    if (lease !== null) this.#leases.push(lease.fd);
  }

  /** Adds a descriptor that keeps a device of the LAN (`lan/join.ts`). */
  addLan(fd: number): void {
    this.#leases.push(fd);
  }

  /** As a launcher takes them; none for a start that is only shown. */
  descriptors(): [LauncherFd, number][] {
    if (this.#spaces === null) return [];
    const { users, network, lease } = this.#spaces;
    return [
      ['bridgeUsers', users],
      ['bridgeNetwork', network],
      ['lease', lease],
      ...this.#leases.map((fd): [LauncherFd, number] => ['lease', fd]),
    ];
  }

  /** Gives everything back that nobody else has by now. */
  close(): void {
    const spaces = this.#spaces;
    if (spaces !== null)
      for (const fd of [spaces.users, spaces.network, spaces.lease]) closeSync(fd);
    for (const fd of this.#leases) closeSync(fd);
    this.#spaces = null;
    this.#leases.length = 0;
  }
}
