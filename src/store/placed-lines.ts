import { fstatSync } from 'node:fs';
import { LineFile, openAll, successor } from './rotated-lines.ts';

/** A place in files that are rotated, for somebody who keeps it while nobody reads. */
export interface LinePlace {
  /** The file. */
  descriptor: number;
  /** Bytes before the first line that was not read. */
  offset: number;
  /** Bytes that were looked at: the last line may have no end yet. */
  seen: number;
}

/** The lines of files that are rotated, read in bits whose ends are places. */
export class PlacedLines {
  readonly #names: readonly string[];
  /** Oldest first. */
  readonly #files: LineFile[];
  /** Of somebody else, who closes it. */
  readonly #lent: number | null;

  private constructor(names: readonly string[], files: LineFile[], lent: number | null) {
    this.#names = names;
    this.#files = files;
    this.#lent = lent;
  }

  /** From now on, or with `past` from the first line of all. `names`: newest first, of which that one is there. */
  static open(names: readonly string[], past: boolean): PlacedLines {
    const lines = new PlacedLines(names, openAll(past ? names : names.slice(0, 1)), null);
    if (!past) for (const _ of lines.#files[0]?.read() ?? []);
    return lines;
  }

  /** From a place on whose descriptor remains the caller's. */
  static resume(
    names: readonly string[],
    { descriptor, offset }: Omit<LinePlace, 'seen'>,
  ): PlacedLines {
    // A file that somebody has emptied is read from its beginning.
    const at = fstatSync(descriptor).size < offset ? 0 : offset;
    return new PlacedLines(names, [new LineFile(descriptor, at)], descriptor);
  }

  /** All lines until now, over rotations. */
  *read(): Generator<Buffer> {
    for (;;) {
      const [current, next] = this.#files;
      if (current === undefined) return;
      yield* current.read();
      if (next === undefined) {
        const found = successor(current, this.#names);
        if (found === null) return;
        this.#files.push(found.file);
        // Nothing is written to it any more.
        yield* current.read();
      }
      this.#files.shift();
      this.#close(current);
    }
  }

  /** The place after what was read. Its descriptor is the caller's then. */
  take(): LinePlace {
    const file = this.#files.pop();
    if (file === undefined) throw new Error(`there is no file ${this.#names[0]}`);
    const { descriptor, offset, seen } = file;
    return { descriptor, offset, seen };
  }

  close(): void {
    for (const file of this.#files.splice(0)) this.#close(file);
  }

  #close(file: LineFile): void {
    if (file.descriptor !== this.#lent) file.close();
  }
}
