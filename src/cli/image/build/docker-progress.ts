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

/** Under docker's name, off a terminal: the lines of `docker buildx build --progress plain`, on standard error. */
export function dockerProgress(streams: BuildStreams): BuildProgress {
  let count = 0;
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
    count += 1;
    say(`#${count} ${words}`);
    say(`#${count} DONE 0.0s`);
  };
  return {
    step({ stage, stages, number, count: of, text }) {
      finish(stage);
      count += 1;
      steps.set(stage, { number: count, since: Date.now(), rest: '', cached: false });
      const where = stages > 1 ? `stage-${stage - 1} ` : '';
      say(`#${count} [${where}${number}/${of}] ${text}`);
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
