import type { AnswerHeaders, AnswerWriter } from './http/answer.ts';
import { type BodyWriter, jsonLine, type Pause, type Reply } from './route/reply.ts';

export const jsonType = { 'Content-Type': 'application/json' };

/** Writes a body whose length nobody knows yet. */
export function bodyWriter(answer: AnswerWriter, headers: AnswerHeaders): BodyWriter {
  const begin = async (): Promise<void> => {
    if (!answer.isBegun) await answer.begin(200, headers);
  };
  return {
    begin,
    async write(data) {
      await begin();
      await answer.write(data);
    },
    async writeFrom(input) {
      await begin();
      await answer.writeFrom(input);
    },
  };
}

/** Bytes of lines that are sent at once. */
const lineBatch = 64 * 1024;

/**
 * Sends lines of JSON until nothing is there to tell. The last ones are left to whoever waits for the next: a client that
 * does not read them holds no worker. Null: these were all, and the answer has ended.
 */
export async function sendLines(
  answer: AnswerWriter,
  { produce }: Reply & { kind: 'continued' },
): Promise<Pause | null> {
  await bodyWriter(answer, jsonType).begin();
  let lines = '';
  const pause = await produce(async (value) => {
    lines += jsonLine(value);
    if (lines.length < lineBatch) return;
    await answer.write(lines);
    lines = '';
  });
  if (pause !== null) {
    await answer.leave(lines);
    return pause;
  }
  await answer.write(lines);
  await answer.end();
  return null;
}
