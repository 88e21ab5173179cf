import type { BuildProgress } from '../../../build/progress.ts';
import { type ProgressLine, progressLine, pullWords } from './progress.ts';

const idLength = 12;

/** A build's progress in the words of Docker's classic builder, which clients take apart. */
export function classicProgress(tell: (line: ProgressLine) => void, quiet: boolean): BuildProgress {
  const say = (text: string): void => {
    if (!quiet) tell({ stream: text });
  };
  return {
    step: ({ number, count, text }) => say(`Step ${number}/${count} : ${text}\n`),
    cached: (_stage, id) => say(` ---> Using cache\n ---> ${id.slice(0, idLength)}\n`),
    made: (_stage, id) => say(` ---> ${id.slice(0, idLength)}\n`),
    output: (_stage, _stream, bytes) => say(Buffer.from(bytes).toString('utf8')),
    commit: () => undefined,
    tagged: () => undefined,
    pull(event) {
      const line = progressLine(event, pullWords);
      if (line !== null && !quiet) tell(line);
    },
    warn: (message) => say(`[Warning] ${message}\n`),
  };
}
