import { appendFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { stderr } from '../output.ts';

export type LogLevel = 'debug' | 'warning' | 'error';

/** The file that `--log` names: a path or, as with crun, `file:PATH`. */
function logFile(place: string): string {
  const [, kind, path = ''] = /^([a-z]+):(.*)$/s.exec(place) ?? [];
  if (kind === undefined) return place;
  if (kind === 'file' && path !== '') return path;
  throw new BryoError('usage', `--log ${JSON.stringify(place)} is not supported`, {
    hint: 'a path is needed, or file:PATH',
  });
}

/** Says a line where somebody may listen: containerd gives a runtime a standard error that takes none. */
function say(line: string): void {
  try {
    stderr.write(`${line}\n`);
  } catch {
    // The log and the exit status say it, too.
  }
}

/** The log of a runtime's command, in which engines look for the reason of a failure. */
export class RuntimeLog {
  readonly #path: string | null;
  readonly #json: boolean;
  readonly #debug: boolean;

  /** Throws unless the file can be written to. */
  constructor({ place, json, debug }: { place: string | null; json: boolean; debug: boolean }) {
    this.#path = place === null ? null : logFile(place);
    this.#json = json;
    this.#debug = debug;
    this.#append('');
  }

  #append(text: string): void {
    if (this.#path !== null) appendFileSync(this.#path, text, { mode: 0o600 });
  }

  #line(level: LogLevel, msg: string): string {
    const time = new Date().toISOString();
    const line = this.#json
      ? JSON.stringify({ level, msg, time })
      : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(msg)}`;
    return `${line}\n`;
  }

  debug(msg: string): void {
    if (!this.#debug) return;
    if (this.#path === null) stderr.write(this.#line('debug', msg));
    else this.#append(this.#line('debug', msg));
  }

  /** Tells of something that does not stop the command; on standard error where there is no file. */
  warn(msg: string): void {
    if (this.#path === null) say(`Warning: ${msg}`);
    this.#append(this.#line('warning', msg));
  }

  error(msg: string): void {
    this.#append(this.#line('error', msg));
    say(`bryo-oci: ${msg}`);
  }
}
