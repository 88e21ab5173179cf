import { fstatSync, writeSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { terminalText } from '../base/text.ts';
import { addon } from '../native/addon.ts';

/** Exit status of a program that SIGPIPE ends, as shells tell it. */
export const endedByPipe = 141;

/** Milliseconds to wait before writing again to a pipe that is full and does not block. */
const fullWait = 2;

/** The part of the bytes that was written. A reader that has left ends the command without a word. */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'EPIPE') process.exit(endedByPipe);
    if (code !== 'EAGAIN') throw error;
    pauseSync(fullWait);
    return 0;
  }
}

/**
 * Standard output or standard error, written to at once. Streams of JavaScript cost a command more
 * time than most commands take for their work.
 */
export class Output {
  readonly #fd: number;
  #isTerminal: boolean | null = null;
  #keepsEscapes = false;

  constructor(fd: 1 | 2) {
    this.#fd = fd;
  }

  /**
   * Text is made harmless for a terminal: much of it comes from images, registries and containers.
   * Bytes are written as they are.
   */
  write(data: string | Uint8Array): void {
    let rest = typeof data === 'string' ? Buffer.from(this.#harmless(data)) : data;
    while (rest.length > 0) rest = rest.subarray(writeSome(this.#fd, rest));
  }

  #harmless(text: string): string {
    const safe = terminalText(text, this.#keepsEscapes);
    return safe !== text && this.isTerminal ? safe : text;
  }

  /** The user's own words have escape sequences in them (`--format`), and are all that may have. */
  keepEscapes(): void {
    this.#keepsEscapes = true;
  }

  get isTerminal(): boolean {
    // Only what may be one is asked by the addon, which takes a while to load.
    this.#isTerminal ??= fstatSync(this.#fd).isCharacterDevice() && this.terminal !== null;
    return this.#isTerminal;
  }

  /** Null when it is no terminal. */
  get terminal(): { rows: number; columns: number } | null {
    return addon().terminalSize(this.#fd);
  }
}

export const stdout = new Output(1);
export const stderr = new Output(2);
