import { setTimeout } from 'node:timers/promises';
import { parseTimestamp } from '../../base/duration.ts';
import { nameOwner } from '../../container/names.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { readContainer, readRecord } from '../../container/records.ts';
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
  /** Whether it goes with its process (`--rm`). */
  goes: boolean;
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
  { id, options }: ContainerRecord,
  condition: EndCondition,
): Promise<ExitWait> {
  const goes = options.remove;
  const state = await settledContainerState(engine.store, id);
  const [before, restarts] = [endOf(state), restartsOf(state)];
  return { id, condition, goes, since: Date.now(), before, restarts, code: null };
}

/** The exit code that the events tell of; null: of none. */
async function codeOfEvents(engine: Engine, { id, since }: ExitWait): Promise<number | null> {
  const from = BigInt(since) * 1_000_000n;
  let code: number | null = null;
  for await (const event of watchEvents(engine, { since: from, until: null, stream: false })) {
    const ended = event.Type === 'container' && event.Status === 'died' && event.ID === id;
    if (ended && (parseTimestamp(event.Time) ?? 0n) >= from) code = event.ContainerExitCode ?? code;
  }
  return code;
}

/** The journal shows an entry a moment after it was written: so many looks, and milliseconds between two. */
const journalLooks = { most: 20, interval: 50 };

/** The exit code of a run whose container went with it: all that is left of it are its events. */
async function toldCode(engine: Engine, wait: ExitWait): Promise<number> {
  if (engine.eventsBackend === 'none') return unknownCode;
  const looks = engine.eventsBackend === 'journald' ? journalLooks.most : 1;
  for (let look = 0; look < looks; look += 1) {
    if (look > 0) await setTimeout(journalLooks.interval);
    const code = await codeOfEvents(engine, wait);
    if (code !== null) return code;
  }
  return unknownCode;
}

/** Milliseconds for which the end of a container that has gone is remembered, as podman does. */
const remembered = 5 * 60_000;

/** The exit code of a container that has gone with its process a short while ago; -1: nobody knows. */
export function toldExitCode(engine: Engine, id: string): Promise<number> {
  const since = Date.now() - remembered;
  return toldCode(engine, {
    id,
    condition: 'removed',
    goes: true,
    since,
    before: '',
    restarts: 0,
    code: null,
  });
}

/**
 * The record of a container that is waited for; null: it has gone; `going`: its monitor is removing it, name first and
 * then file by file, and what is still there says nothing of its end.
 */
function presentRecord(
  { store }: Engine,
  { id, goes }: ExitWait,
): ContainerRecord | 'going' | null {
  if (!goes) return readRecord(store, id);
  const reading = readContainer(store, id);
  if (reading.kind === 'absent') return null;
  if (reading.kind === 'damaged') return 'going';
  return nameOwner(store, reading.value.name) === id ? reading.value : 'going';
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
  const before = presentRecord(engine, wait);
  const state = before === null ? null : await settledContainerState(engine.store, wait.id);
  // A reading of files that are being removed is not to be believed, but for a whole record of the end.
  const record = presentRecord(engine, wait);
  if (state === null || record === null) {
    return { kind: 'ended', code: wait.code ?? (await toldCode(engine, wait)) };
  }
  const going = before === 'going' || record === 'going';
  if (!going || state.status === 'exited') wait.code ??= codeOf(wait, state);
  if (wait.code !== null && wait.condition !== 'removed') return { kind: 'ended', code: wait.code };
  if (going) return { kind: 'waits', monitor: null };
  // A monitor that may start the container again does not end with it.
  const ends = record.options.restart.policy === 'no' && 'monitorPid' in state;
  return { kind: 'waits', monitor: ends ? state.monitorPid : null };
}
