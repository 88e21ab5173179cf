/** How often a layer may be as large as what it came of, beyond what is not suspected: no honest one is. */
const mostGrowth = 200;
/** Bytes that all layers of a command together may hold, whatever they came of. */
const unsuspected = 1 << 30;
/** Bytes that each layer may hold in any case, when those are used up. */
const least = 1 << 24;

/**
 * Keeps the layers that one command unpacks from filling the disk out of a few bytes. Each is a bomb or
 * not for itself (addon/worker/growth.h); what is small enough to be let pass, is so once.
 */
export class GrowthBudget {
  readonly #times: number;
  #left = unsuspected;

  /** `before`: how much the archive has grown that the layers were in. */
  constructor(before: number) {
    this.#times = Math.max(2, Math.floor(mostGrowth / Math.max(1, before)));
  }

  /** Arguments of the worker for the next layer. */
  get words(): string[] {
    const bytes = Math.max(least, this.#left);
    return ['--max-growth', String(this.#times), '--unsuspected', String(bytes)];
  }

  /** Counts a layer that has been unpacked: bytes of its tar, and of what that came of. */
  charge(plain: number, taken: number): void {
    if (plain / this.#times > taken) this.#left -= plain;
  }
}
