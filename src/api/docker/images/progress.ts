import { BryoError } from '../../../base/errors.ts';
import { formatSize } from '../../../base/size.ts';
import type { PullProgress } from '../../../image/progress.ts';
import { failureOf } from '../../errors.ts';
import { jsonLines, type Reply } from '../../route/reply.ts';
import type { Api } from '../../route/request.ts';

/** A line of progress in Docker's words (JSONMessage). */
export type ProgressLine = Record<string, unknown>;

/** Digits of a digest that clients show of a layer. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** Words for the steps of one direction. */
interface Words {
  waiting: string;
  moving: string;
  done: string;
  exists: string;
}

export const pullWords: Words = {
  waiting: 'Pulling fs layer',
  moving: 'Downloading',
  done: 'Pull complete',
  exists: 'Already exists',
};

export const pushWords: Words = {
  waiting: 'Preparing',
  moving: 'Pushing',
  done: 'Pushed',
  exists: 'Layer already exists',
};

/** A step of a transfer as a line; null: Docker tells nothing of it. */
export function progressLine(event: PullProgress, words: Words): ProgressLine | null {
  if (!('digest' in event) || event.kind === 'config') return null;
  const id = shortDigest(event.digest);
  switch (event.kind) {
    case 'exists':
      return { status: words.exists, progressDetail: {}, id };
    case 'start':
      return { status: words.waiting, progressDetail: {}, id };
    case 'done':
      return { status: words.done, progressDetail: {}, id };
    case 'progress': {
      const { received: current, total } = event;
      const progress = `${formatSize(current)}/${formatSize(total)}`;
      return { status: words.moving, progressDetail: { current, total }, progress, id };
    }
  }
}

/** An error as the last line of progress. The code is that of a build's command: the client's own status. */
export function errorLine(error: unknown, api: Api = 'docker'): ProgressLine {
  const { message } = failureOf(error, api);
  const ofCommand = error instanceof BryoError && error.code === 'run-failed';
  const code = ofCommand ? { code: error.exitCode } : {};
  return { errorDetail: { ...code, message }, error: message };
}

/**
 * Progress of an operation whose first steps nobody is told of: what fails there has a status of its own. `begins` goes
 * before the first line; null: nothing does.
 */
export function progressReply(
  run: (tell: (line: ProgressLine) => void) => Promise<void>,
  begins: ProgressLine | null,
): Reply {
  return jsonLines(async (tell) => {
    let begun = false;
    let told = Promise.resolve();
    const say = (line: ProgressLine): void => {
      if (!begun && begins !== null) told = told.then(() => tell(begins));
      begun = true;
      told = told.then(() => tell(line));
      told.catch(() => undefined);
    };
    try {
      await run(say);
    } catch (error) {
      if (!begun) throw error;
      say(errorLine(error));
    }
    await told;
  });
}
