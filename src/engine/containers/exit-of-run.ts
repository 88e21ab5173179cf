import { setTimeout } from 'node:timers/promises';
import { parseTimestamp } from '../../base/duration.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { readRecord } from '../../container/records.ts';
import { type ContainerState, settledContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { watchEvents } from '../system/watch-events.ts';
import { exitCodeOf } from './describe.ts';
import { waitContainer } from './wait.ts';

export interface RunWait {
  /** Also until the container is removed. */
  removed: boolean;
  /** Ends the waiting, with -1. */
  signal: AbortSignal;
}

/** Milliseconds between two looks while the container does not run. */
const interval = 25;
const unknownCode = -1;

/** Tells one end of a container from another. */
function endOf(state: ContainerState): string {
  return state.status === 'exited' ? state.finishedAt : '';
}

/** The exit code that the events tell of: all that is left of a run whose container went with it. */
async function toldCode(engine: Engine, id: string, since: bigint): Promise<number> {
  if (engine.eventsBackend === 'none') return unknownCode;
  let code = unknownCode;
  for await (const event of watchEvents(engine, { since, until: null, stream: false })) {
    const ended = event.Type === 'container' && event.Status === 'died' && event.ID === id;
    if (ended && (parseTimestamp(event.Time) ?? 0n) >= since)
      code = event.ContainerExitCode ?? code;
  }
  return code;
}

/**
 * Waits for the next end of a container, which need not run yet, and with `removed` until it is gone. Resolves with
 * its exit code; -1: nobody knows it, or the waiting was ended.
 */
export async function exitOfRun(
  engine: Engine,
  { id }: ContainerRecord,
  { removed, signal }: RunWait,
): Promise<number> {
  const since = BigInt(Date.now()) * 1_000_000n;
  let code: number | null = null;
  let before: string | null = null;
  while (!signal.aborted) {
    if (readRecord(engine.store, id) === null) return code ?? toldCode(engine, id, since);
    const state = await settledContainerState(engine.store, id);
    before ??= endOf(state);
    if ('monitorPid' in state) {
      code = await waitContainer(engine, id, { conditions: ['stopped'], interval, signal });
    } else if (state.status === 'exited' && endOf(state) !== before && code === null) {
      code = exitCodeOf(state);
    }
    if (code !== null && !removed) return code;
    await setTimeout(interval, undefined, { signal }).catch(() => undefined);
  }
  return unknownCode;
}
