import type { LogRecord } from '../../monitor/log-reader.ts';
import type { CliContext } from '../context.ts';

const newline = Buffer.from('\n');
/** As podman: the containers in turn. */
const colors = ['37', '31', '32', '33', '34', '35', '36'];
const reset = Buffer.from('\u001b[0m');

/** The mark at the beginning of the lines of one container of several. */
export interface LogMark {
  /** The beginning of every line, or nothing. */
  label: string;
  /** Place in the order of colours; null: none. */
  color: number | null;
  timestamps: boolean;
}

/** Writes the records of a container out as they were written, each to its own stream. */
export class LogPrinter {
  readonly #context: CliContext;
  readonly #timestamps: boolean;
  readonly #label: string;
  readonly #color: Buffer | null;
  /** Whether the next record of a stream begins a line. */
  readonly #atStart = { stdout: true, stderr: true };

  constructor(context: CliContext, mark: LogMark) {
    this.#context = context;
    this.#timestamps = mark.timestamps;
    this.#label = mark.label === '' ? '' : `${mark.label} `;
    const code = mark.color === null ? undefined : colors[mark.color % colors.length];
    this.#color = code === undefined ? null : Buffer.from(`\u001b[${code}m`);
  }

  #head({ time }: LogRecord): Buffer[] {
    const stamp = this.#timestamps ? `${time} ` : '';
    const head = Buffer.from(`${this.#label}${stamp}`);
    return this.#color === null ? [head] : [this.#color, head];
  }

  print(record: LogRecord): void {
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
