import { parseDuration } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import { findRecord, readRecord } from '../../../container/records.ts';
import {
  beginExitWait,
  type ExitWait,
  lookForExit,
  toldExitCode,
} from '../../../engine/containers/exit-of-run.ts';
import {
  holdingCode,
  type WaitCondition,
  waitConditions,
} from '../../../engine/containers/wait.ts';
import type { Engine } from '../../../engine/engine.ts';
import { addon } from '../../../native/addon.ts';
import { HttpProblem } from '../../http/problem.ts';
import { text, texts } from '../../route/query.ts';
import { json, type Pause, type Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber } from '../../route/schema.ts';

/** Milliseconds between two looks, where no process tells of the change. */
const usualInterval = 250;

/** A wait: for an end, or for other states. */
interface Wait {
  id: string;
  /** Null: its end does not count. */
  end: ExitWait | null;
  conditions: WaitCondition[];
  interval: number;
}

function readConditions(words: readonly string[]): WaitCondition[] {
  const asked = words.filter(Boolean);
  if (asked.length === 0) return ['stopped', 'exited'];
  return asked.map((word) => {
    const found = waitConditions.find((condition) => condition === word);
    if (found === undefined)
      throw new HttpProblem(400, `invalid condition: ${JSON.stringify(word)}`);
    return found;
  });
}

function readInterval(word: string | null): number {
  if (word === null || word === '') return usualInterval;
  let interval: number;
  try {
    interval = parseDuration(word);
  } catch {
    throw new HttpProblem(500, `time: invalid duration ${JSON.stringify(word)}`);
  }
  return Math.max(1, interval);
}

/** The errors of a container that has gone, or whose records are going. */
const goneCodes: readonly string[] = ['no-such-container', 'damaged-record'];

const ends: readonly WaitCondition[] = ['stopped', 'exited', 'removing', 'removed'];

async function begin(engine: Engine, name: string, asked: readonly string[], interval: number) {
  const record = findRecord(engine.store, name);
  const conditions = readConditions(asked);
  const isEnd = conditions.includes('stopped') || conditions.includes('exited');
  const isRemoval = conditions.includes('removed') || conditions.includes('removing');
  const exited = conditions.includes('exited') && !conditions.includes('stopped');
  const condition = isEnd ? 'not-running' : 'removed';
  const end = isEnd || isRemoval ? await beginExitWait(engine, record, condition) : null;
  // A container that never ran has not exited: that is looked for as any other state.
  const looked = conditions.filter((one) => (exited && one === 'exited') || !ends.includes(one));
  return { id: record.id, end: exited ? null : end, conditions: looked, interval } satisfies Wait;
}

/** The code to answer with, or how long to wait for it. */
async function look(engine: Engine, wait: Wait): Promise<number | Pause> {
  const later = { state: wait, descriptor: null, after: wait.interval };
  const record = readRecord(engine.store, wait.id);
  if (wait.conditions.length > 0) {
    if (record === null) return wait.end === null ? toldExitCode(engine, wait.id) : -1;
    const code = holdingCode(engine, record, wait.conditions);
    if (code !== null) return code;
  }
  if (wait.end === null) return later;
  const end = await lookForExit(engine, wait.end);
  if (end.kind === 'ended') return end.code;
  const descriptor =
    end.monitor === null || wait.conditions.length > 0 ? -1 : addon().pidfd(end.monitor);
  return descriptor < 0 ? later : { state: wait, descriptor, after: null };
}

export const route = defineRoute({
  summary: 'Wait until a container has ended, or is in another state',
  query: {
    condition: texts(`${waitConditions.join(', ')}; stopped otherwise`),
    interval: text('time between two looks: 250ms'),
  },
  answers: { 200: { about: 'its exit code; -1: none', schema: aNumber } },
  async handle(request): Promise<Reply> {
    const { engine, query, kept } = request;
    const name = param(request, 'container');
    let wait = kept as Wait | undefined;
    if (wait === undefined) {
      const interval = readInterval(query.interval);
      try {
        wait = await begin(engine, name, query.condition, interval);
      } catch (error) {
        // Clients of run --rm ask for the code of what has gone meanwhile.
        const isGone = error instanceof BryoError && goneCodes.includes(error.code);
        const isPlain = query.condition.length === 0 && /^[0-9a-f]{64}$/.test(name);
        const code = isGone && isPlain ? await toldExitCode(engine, name) : -1;
        if (code === -1) throw error;
        return json(code);
      }
    }
    const seen = await look(engine, wait);
    if (typeof seen !== 'number') return { kind: 'pending', pause: seen };
    return { kind: 'settled', value: seen };
  },
});
