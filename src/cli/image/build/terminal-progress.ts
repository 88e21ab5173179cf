import { printable } from '../../../base/text.ts';
import type { BuildProgress } from '../../../build/progress.ts';
import type { Output } from '../../output.ts';
import type { StageNames } from './plain-progress.ts';

/** A step that runs, with what it has said last. */
interface RunningStep {
  title: string;
  since: number;
  last: string;
  /** The end of what it said, for the case that it fails. */
  tail: string;
  cached: boolean;
}

const redrawInterval = 100;
/** Characters of a failed step's output that are shown. */
const tailLength = 16_384;

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)}s`;
}

/** A progress with an end, at which its lines stay as they are. */
export interface EndedProgress extends BuildProgress {
  /** Of a build that failed, the last words of the steps that ran are shown. */
  end(failed: boolean): void;
}

/**
 * On a terminal: a line per running step with its time and the last line that it has said; steps that are done
 * are folded into a line each, above those.
 */
export function terminalProgress(output: Output, names: StageNames): EndedProgress {
  const running = new Map<number, RunningStep>();
  const done: string[] = [];
  let drawn = 0;
  let timer: NodeJS.Timeout | null = null;

  const draw = (): void => {
    const width = Math.max((output.terminal?.columns || 80) - 1, 20);
    const live = [...running.values()].map(({ title, since, last }) => {
      const head = `${seconds(since).padStart(7)} ${title}`;
      return last === '' ? head : `${head} | ${last}`;
    });
    const fit = (line: string): string => [...printable(line)].slice(0, width).join('');
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    const lines = [...done.splice(0), ...live].map((line) => `\u001b[2K${fit(line)}\n`);
    // What was drawn below and is not any more.
    output.write(Buffer.from(`${up}${lines.join('')}\u001b[J`));
    drawn = live.length;
  };
  const tick = (): void => {
    timer ??= setInterval(draw, redrawInterval).unref();
  };
  const finish = (stage: number): void => {
    const step = running.get(stage);
    if (step === undefined) return;
    running.delete(stage);
    const how = step.cached ? ' cached' : seconds(step.since);
    done.push(`${how.padStart(7)} ${step.title}`);
  };
  return {
    step({ stage, number, count, text }) {
      finish(stage);
      const title = `${names.prefix(stage)}STEP ${number}/${count}: ${text}`;
      running.set(stage, { title, since: Date.now(), last: '', tail: '', cached: false });
      tick();
      draw();
    },
    cached(stage) {
      const step = running.get(stage);
      if (step !== undefined) step.cached = true;
    },
    made(stage) {
      finish(stage);
      draw();
    },
    output(stage, _stream, bytes) {
      const step = running.get(stage);
      if (step === undefined) return;
      step.tail = (step.tail + Buffer.from(bytes).toString('utf8')).slice(-tailLength);
      step.last =
        step.tail
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1)
          ?.trim() ?? '';
    },
    commit(stage, name) {
      finish(stage);
      done.push(`${''.padStart(7)} COMMIT${name === null ? '' : ` ${name}`}`);
      draw();
    },
    tagged(name) {
      done.push(`${''.padStart(7)} Successfully tagged ${name}`);
      draw();
    },
    pull(event) {
      if (event.kind !== 'trying') return;
      done.push(`${''.padStart(7)} Trying to pull ${event.name}...`);
      draw();
    },
    warn(message) {
      done.push(`[Warning] ${message}`);
      draw();
    },
    end(failed) {
      if (timer !== null) clearInterval(timer);
      timer = null;
      if (!failed) for (const stage of [...running.keys()]) finish(stage);
      draw();
      drawn = 0;
      if (!failed) return;
      for (const { title, tail } of running.values()) {
        if (tail.trim() !== '') output.write(`${printable(title)}\n${tail.trimEnd()}\n`);
      }
      running.clear();
    },
  };
}
