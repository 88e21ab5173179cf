import type { LogRecord } from '../../monitor/log-reader.ts';
import type { CliContext } from '../context.ts';
import { isSelected, type LogSelection } from './log-selection.ts';

const newline = Buffer.from('\n');
/** As podman: the containers in turn. */
const colors = ['37', '31', '32', '33', '34', '35', '36'];
const reset = Buffer.from('\u001b[0m');

/** How the lines of one container of several are told apart. */
export interface LogMark {
  /** What every line begins with, or nothing. */
  label: string;
  /** Place in the order of colours; null: none. */
  color: number | null;
}

/** Tells whoever follows a log that it is faster than they are. */
export function warnOfLostLines({ engine }: CliContext, name: string): void {
  engine.log(
    'warn',
    `the log of ${name} was rotated before it was read: lines may be missing here`,
  );
}

/** Writes the records of a container out as they were written, each to its own stream. */
export class LogPrinter {
  readonly #context: CliContext;
  readonly #selection: LogSelection;
  readonly #label: string;
  readonly #color: Buffer | null;
  /** Whether the next record of a stream begins a line. */
  readonly #atStart = { stdout: true, stderr: true };

  constructor(context: CliContext, selection: LogSelection, mark: LogMark) {
    this.#context = context;
    this.#selection = selection;
    this.#label = mark.label === '' ? '' : `${mark.label} `;
    const code = mark.color === null ? undefined : colors[mark.color % colors.length];
    this.#color = code === undefined ? null : Buffer.from(`\u001b[${code}m`);
  }

  fits(record: LogRecord): boolean {
    return isSelected(this.#selection, record);
  }

  #head({ time }: LogRecord): Buffer[] {
    const stamp = this.#selection.timestamps ? `${time} ` : '';
    const head = Buffer.from(`${this.#label}${stamp}`);
    return this.#color === null ? [head] : [this.#color, head];
  }

  print(record: LogRecord): void {
    if (!this.fits(record)) return;
    const stream = record.stream === 'stdout' ? this.#context.stdout : this.#context.stderr;
    const parts: Uint8Array[] = this.#atStart[record.stream] ? this.#head(record) : [];
    parts.push(record.content);
    if (record.complete) parts.push(...(this.#color === null ? [] : [reset]), newline);
    this.#atStart[record.stream] = record.complete;
    stream.write(Buffer.concat(parts));
  }

  /** Gives the terminal its colour back when the last line has no end. */
  finish(): void {
    if (this.#color === null) return;
    if (!this.#atStart.stdout) this.#context.stdout.write(reset);
    if (!this.#atStart.stderr) this.#context.stderr.write(reset);
  }
}
