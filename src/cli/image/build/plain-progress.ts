import { printable } from '../../../base/text.ts';
import type { BuildProgress, BuildStep } from '../../../build/progress.ts';
import type { PullReporter } from '../pull-progress.ts';

/** Where a build's words go: standard output and standard error, or a file that takes both. */
export interface BuildStreams {
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
}

/** The stages as podman counts them, by the number that a build has for each. */
export interface StageNames {
  /** `[1/2] `; empty where there is one stage. */
  prefix(stage: number): string;
  /** Stages may run at the same time: whose output a line is must be told. */
  beside: boolean;
}

/** Whole lines of a stream of bytes, each with a prefix. */
class Lines {
  readonly #prefix: string;
  readonly #write: (data: Uint8Array) => void;
  #rest = Buffer.alloc(0);

  constructor(prefix: string, write: (data: Uint8Array) => void) {
    this.#prefix = prefix;
    this.#write = write;
  }

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#rest, bytes]);
    let from = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, from)) {
      this.#write(Buffer.concat([Buffer.from(this.#prefix), all.subarray(from, end + 1)]));
      from = end + 1;
    }
    this.#rest = all.subarray(from);
  }

  end(): void {
    if (this.#rest.length > 0) this.add(Buffer.from('\n'));
  }
}

/** Off a terminal: the lines that podman writes. */
export function plainProgress(
  streams: BuildStreams,
  names: StageNames,
  pulls: Pick<PullReporter, 'report'>,
): BuildProgress {
  const lines = new Map<string, Lines>();
  const say = (text: string): void => streams.out(`${printable(text)}\n`);
  const finish = (stage: number): void => {
    for (const name of ['stdout', 'stderr']) {
      lines.get(`${stage} ${name}`)?.end();
      lines.delete(`${stage} ${name}`);
    }
  };
  return {
    step({ stage, number, count, text }: BuildStep) {
      finish(stage);
      say(`${names.prefix(stage)}STEP ${number}/${count}: ${text}`);
    },
    cached(stage, id) {
      finish(stage);
      say(`--> Using cache ${id}`);
    },
    made(stage, id) {
      finish(stage);
      say(`--> ${id.slice(0, 12)}`);
    },
    output(stage, stream, bytes) {
      const write = stream === 'stdout' ? streams.out : streams.err;
      if (!names.beside) {
        write(bytes);
        return;
      }
      const key = `${stage} ${stream}`;
      const known = lines.get(key) ?? new Lines(names.prefix(stage), write);
      lines.set(key, known);
      known.add(bytes);
    },
    commit(stage, name) {
      finish(stage);
      say(`${names.prefix(stage)}COMMIT${name === null ? '' : ` ${name}`}`);
    },
    tagged(name) {
      say(`Successfully tagged ${name}`);
    },
    pull: (event) => pulls.report(event),
    warn(message) {
      streams.err(`${printable(`[Warning] ${message}`)}\n`);
    },
  };
}

/** With --quiet: what commands of RUN say on standard error, and nothing else beside the id that the caller prints. */
export function quietProgress(streams: BuildStreams): BuildProgress {
  return {
    step() {},
    cached() {},
    made() {},
    output(_stage, stream, bytes) {
      if (stream === 'stderr') streams.err(bytes);
    },
    commit() {},
    tagged() {},
    pull() {},
    warn(message) {
      streams.err(`${printable(`[Warning] ${message}`)}\n`);
    },
  };
}
