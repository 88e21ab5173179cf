import { printable } from '../../../base/text.ts';
import type { BuildProgress } from '../../../build/progress.ts';
import type { BuildStreams } from './plain-progress.ts';

interface Step {
  number: number;
  since: number;
  /** The beginning of a line that has no end yet. */
  rest: string;
  cached: boolean;
}

/** Gives each step of a command line its number, those of builds for several platforms as well. */
export type StepNumbers = () => number;

export function stepNumbers(): StepNumbers {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
}

/**
 * Under docker's name, off a terminal: the lines of `docker buildx build --progress plain`, on standard error.
 * `platform` is told with each step; empty: it is the only one.
 */
export function dockerProgress(
  streams: BuildStreams,
  next: StepNumbers,
  platform: string,
): BuildProgress {
  const steps = new Map<number, Step>();
  const say = (text: string): void => streams.err(`${printable(text)}\n`);
  const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)}s`;
  const finish = (stage: number): void => {
    const step = steps.get(stage);
    if (step === undefined) return;
    steps.delete(stage);
    if (step.rest !== '') say(`#${step.number} ${seconds(step.since).slice(0, -1)} ${step.rest}`);
    say(`#${step.number} ${step.cached ? 'CACHED' : `DONE ${seconds(step.since)}`}`);
  };
  const single = (words: string): void => {
    const number = next();
    say(`#${number} ${words}`);
    say(`#${number} DONE 0.0s`);
  };
  return {
    step({ stage, stages, number, count, text }) {
      finish(stage);
      const step = { number: next(), since: Date.now(), rest: '', cached: false };
      steps.set(stage, step);
      const place = stages > 1 || platform !== '' ? `stage-${stage - 1} ` : '';
      const where = `${platform}${platform === '' ? '' : ' '}${place}`;
      say(`#${step.number} [${where}${number}/${count}] ${text}`);
    },
    cached(stage) {
      const step = steps.get(stage);
      if (step !== undefined) step.cached = true;
    },
    made: finish,
    output(stage, _stream, bytes) {
      const step = steps.get(stage);
      if (step === undefined) return;
      const lines = (step.rest + Buffer.from(bytes).toString('utf8')).split('\n');
      step.rest = lines.pop() ?? '';
      for (const line of lines) {
        say(`#${step.number} ${seconds(step.since).slice(0, -1)} ${line}`);
      }
    },
    commit(stage) {
      finish(stage);
    },
    tagged(name) {
      single(`naming to ${name}`);
    },
    pull(event) {
      if (event.kind === 'trying') single(`[internal] load metadata for ${event.name}`);
    },
    warn(message) {
      say(`WARNING: ${message}`);
    },
  };
}
