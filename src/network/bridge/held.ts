import { closeSync } from 'node:fs';
import type { LauncherFd } from '../../contract/descriptors.ts';
import type { Lease } from './leases.ts';
import { type BridgeSpaces, type KeptSpaces, openKept, releaseKept } from './spaces.ts';

/** Descriptors of a container's bridges, until its launcher has its own. */
export class HeldBridges {
  #spaces: BridgeSpaces | null = null;
  #kept: { kept: KeptSpaces; argv: readonly string[] } | null = null;
  readonly #leases: number[] = [];

  /** Leaves the namespaces to be opened by `open`: while their holder starts there is more to do. */
  keep(kept: KeptSpaces, argv: readonly string[]): void {
    this.#kept = { kept, argv };
  }

  /** Opens what is kept, if that has not been done; null: nothing is. Throws as openBridgeSpaces does. */
  async open(): Promise<BridgeSpaces | null> {
    const waiting = this.#kept;
    this.#kept = null;
    if (waiting !== null) this.#spaces = await openKept(waiting.kept, waiting.argv);
    return this.#spaces;
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
    if (this.#kept !== null) releaseKept(this.#kept.kept);
    this.#kept = null;
    const spaces = this.#spaces;
    if (spaces !== null)
      for (const fd of [spaces.users, spaces.network, spaces.lease]) closeSync(fd);
    for (const fd of this.#leases) closeSync(fd);
    this.#spaces = null;
    this.#leases.length = 0;
  }
}
