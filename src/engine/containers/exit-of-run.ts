import { parseTimestamp } from '../../base/duration.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { readRecord } from '../../container/records.ts';
import { type ContainerState, settledContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { watchEvents } from '../system/watch-events.ts';
import { exitCodeOf } from './describe.ts';

/** The end of a container that somebody waits for. */
export type EndCondition = 'not-running' | 'next-exit' | 'removed';

/** A wait for the end of a container: what it has seen so far. */
export interface ExitWait {
  id: string;
  condition: EndCondition;
  /** Milliseconds since 1970. */
  since: number;
  /** The end that it had when the waiting began. */
  before: string;
  /** How often its monitor had started it again by then. */
  restarts: number;
  /** Null: it has not ended yet. */
  code: number | null;
}

/** A look at a container: how it has ended, or whom to wait for (a pid; null: only time tells). */
export type ExitLook = { kind: 'ended'; code: number } | { kind: 'waits'; monitor: number | null };

const unknownCode = -1;

/** Tells one end of a container from another. */
function endOf(state: ContainerState): string {
  return state.status === 'exited' ? state.finishedAt : '';
}

function restartsOf(state: ContainerState): number {
  return 'restarts' in state ? state.restarts : 0;
}

/** Begins to wait for a container, which need not run yet. */
export async function beginExitWait(
  engine: Engine,
  { id }: ContainerRecord,
  condition: EndCondition,
): Promise<ExitWait> {
  const state = await settledContainerState(engine.store, id);
  const [before, restarts] = [endOf(state), restartsOf(state)];
  return { id, condition, since: Date.now(), before, restarts, code: null };
}

/** The exit code that the events tell of: all that is left of a run whose container went with it. */
async function toldCode(engine: Engine, { id, since }: ExitWait): Promise<number> {
  if (engine.eventsBackend === 'none') return unknownCode;
  const from = BigInt(since) * 1_000_000n;
  let code = unknownCode;
  for await (const event of watchEvents(engine, { since: from, until: null, stream: false })) {
    const ended = event.Type === 'container' && event.Status === 'died' && event.ID === id;
    if (ended && (parseTimestamp(event.Time) ?? 0n) >= from) code = event.ContainerExitCode ?? code;
  }
  return code;
}

/** Whether a container has ended since the waiting began; null: it has not. */
function codeOf(wait: ExitWait, state: ContainerState): number | null {
  const ended = state.status === 'exited' || state.status === 'unknown';
  if (wait.condition === 'not-running' && !('monitorPid' in state)) return exitCodeOf(state);
  if (ended && (wait.condition === 'removed' || endOf(state) !== wait.before)) {
    return exitCodeOf(state);
  }
  // A monitor that has started it again saw it end.
  return restartsOf(state) > wait.restarts ? 0 : null;
}

/** Looks at a container that is waited for; what is seen is kept in `wait`. */
export async function lookForExit(engine: Engine, wait: ExitWait): Promise<ExitLook> {
  const record = readRecord(engine.store, wait.id);
  if (record === null) {
    return { kind: 'ended', code: wait.code ?? (await toldCode(engine, wait)) };
  }
  const state = await settledContainerState(engine.store, wait.id);
  wait.code ??= codeOf(wait, state);
  if (wait.code !== null && wait.condition !== 'removed') return { kind: 'ended', code: wait.code };
  // A monitor that may start the container again does not end with it.
  const ends = record.options.restart.policy === 'no' && 'monitorPid' in state;
  return { kind: 'waits', monitor: ends ? state.monitorPid : null };
}
