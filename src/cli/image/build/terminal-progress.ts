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

/** A terminal that shows builds, those of several platforms at a time. */
export interface BuildTerminal {
  progress(names: StageNames): BuildProgress;
  /** Leaves the lines as they are; of builds that failed, the last words of the steps that ran are shown. */
  end(failed: boolean): void;
}

/**
 * On a terminal: a line per running step with its time and the last line that it has said; steps that are done
 * are folded into a line each, above those.
 */
export function buildTerminal(output: Output): BuildTerminal {
  // By the build and its stage.
  const running = new Map<string, RunningStep>();
  let builds = 0;
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
  const finish = (key: string): void => {
    const step = running.get(key);
    if (step === undefined) return;
    running.delete(key);
    const how = step.cached ? ' cached' : seconds(step.since);
    done.push(`${how.padStart(7)} ${step.title}`);
  };
  const progress = (names: StageNames): BuildProgress => {
    builds += 1;
    const build = builds;
    const key = (stage: number): string => `${build} ${stage}`;
    return {
      step({ stage, number, count, text }) {
        finish(key(stage));
        const title = `${names.prefix(stage)}STEP ${number}/${count}: ${text}`;
        running.set(key(stage), { title, since: Date.now(), last: '', tail: '', cached: false });
        tick();
        draw();
      },
      cached(stage) {
        const step = running.get(key(stage));
        if (step !== undefined) step.cached = true;
      },
      made(stage) {
        finish(key(stage));
        draw();
      },
      output(stage, _stream, bytes) {
        const step = running.get(key(stage));
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
        finish(key(stage));
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
    };
  };
  return {
    progress,
    end(failed) {
      if (timer !== null) clearInterval(timer);
      timer = null;
      if (!failed) for (const key of [...running.keys()]) finish(key);
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
