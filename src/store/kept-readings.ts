import { type Stats, statSync } from 'node:fs';

/** A reading, and the file as it was just before. */
interface Kept<T> {
  ino: number;
  size: number;
  changedMs: number;
  reading: T;
}

/** Bytes of all files of which one kind of readings is kept. */
const budget = 8 * 1024 * 1024;
/** Milliseconds in which a file could be changed twice without a sign of that in its times. */
const blur = 100;

let keeps = false;

/** From now on readings are kept in this process, which is asked for the same things again and again. */
export function keepReadings(): void {
  keeps = true;
}

/** Readings of files, by path. Once they are kept, several callers share one: nobody changes it. */
export class KeptReadings<T> {
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  /** Gives what `read` makes of a file, or has made of it if it is the same file, unchanged; `absent` when there is none. */
  read(path: string, absent: () => T, read: () => T): T {
    if (!keeps) return read();
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) {
      this.#forget(path);
      return absent();
    }
    const kept = this.#kept.get(path);
    if (kept !== undefined && isSame(kept, status)) return kept.reading;
    this.#forget(path);
    const reading = read();
    if (Date.now() - status.ctimeMs > blur) this.#keep(path, status, reading);
    return reading;
  }

  #keep(path: string, { ino, size, ctimeMs: changedMs }: Stats, reading: T): void {
    if (this.#bytes + size > budget) return;
    this.#bytes += size;
    this.#kept.set(path, { ino, size, changedMs, reading });
  }

  #forget(path: string): void {
    this.#bytes -= this.#kept.get(path)?.size ?? 0;
    this.#kept.delete(path);
  }
}

function isSame({ ino, size, changedMs }: Kept<unknown>, status: Stats): boolean {
  return ino === status.ino && size === status.size && changedMs === status.ctimeMs;
}
