import { availableParallelism } from 'node:os';

/** So many at a time; the others wait in the order in which they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** Slots for so many stages; 0: two for each processor, for commands wait for downloads and disks half of the time. */
export function openSlots(jobs: number): Slots {
  return new Slots(jobs > 0 ? jobs : 2 * availableParallelism());
}
