import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { BryoError } from '../../base/errors.ts';
import { shortId } from '../../container/id.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord, readRecord } from '../../container/records.ts';
import { socketDirectory } from '../../monitor/sockets.ts';
import {
  type ContainerState,
  readContainerState,
  settledContainerState,
} from '../../monitor/state.ts';
import { libexecPath } from '../../native/locate.ts';
import { processStartTicks } from '../../native/processes.ts';
import { isStopped, Waiting } from '../../native/waiting.ts';
import type { Engine } from '../engine.ts';
import { exitCodeOf, stateName } from './describe.ts';
import { healthStatus } from './health.ts';

/** The conditions that `wait` can wait for; podman's names, some of which are one state here. */
export const waitConditions = [
  'stopped',
  'exited',
  'running',
  'paused',
  'healthy',
  'unhealthy',
  'created',
  'configured',
  'initialized',
  'unknown',
  'removing',
  'removed',
] as const;

export type WaitCondition = (typeof waitConditions)[number];

export interface WaitOptions {
  /** The first that holds ends the waiting. */
  conditions: readonly WaitCondition[];
  /** Milliseconds between two looks, where nothing tells of the change. */
  interval: number;
}

/** The attach client's status when it has none to report. */
const noStatus = 125;
const noExitCode = -1;
/** Milliseconds between two looks at whether a monitor is stopped. */
const stoppedInterval = 500;

/** A container with a process and a monitor. */
type Monitored = Extract<ContainerState, { monitorPid: number }>;

/** An attach client that shows nothing: the monitor tells it the exit code at the very end. */
function awaitExitMessage(directory: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = spawn(
      libexecPath('bryo-launcher'),
      ['attach', '--socket-dir', directory, '--no-stdin', '--sig-proxy=0'],
      { stdio: 'ignore', signal },
    );
    client.on('error', (error) => (signal.aborted ? resolve(noStatus) : reject(error)));
    client.on('close', (code) => resolve(code ?? noStatus));
  });
}

const recordOf = (id: string): Waiting =>
  new Waiting(`the record of how container ${shortId(id)} has ended`);

/** Rejects (`no-answer`) when a container has ended and its monitor is stopped, for that one tells nobody. */
async function watchMonitor(id: string, state: Monitored, signal: AbortSignal): Promise<void> {
  let waiting: Waiting | null = null;
  while (!signal.aborted) {
    await setTimeout(stoppedInterval, undefined, { signal }).catch(() => {});
    const silent = processStartTicks(state.pid) === null && isStopped(state.monitorPid);
    if (!silent) waiting = null;
    else waiting ??= recordOf(id);
    waiting?.look(state.monitorPid, `bryo rm -f ${shortId(id)}`);
  }
}

/** How often a container has been started again. */
function restartsOf(state: ContainerState): number {
  return 'restarts' in state ? state.restarts : 0;
}

/** Waits for the end of a running container, also when it is started again; resolves with its exit code. */
async function awaitEnd(
  engine: Engine,
  id: string,
  before: Monitored,
  signal: AbortSignal,
): Promise<number> {
  const code = await awaitExitMessage(
    socketDirectory(engine.store, id, before, 'attachSocket'),
    signal,
  );
  if (signal.aborted) return noExitCode;
  const next = await settledContainerState(engine.store, id);
  if (stateName(next) === 'restarting') return exitCodeOf(next);
  if (restartsOf(next) > restartsOf(before)) return code;
  // 125 may be the container's own; without a socket (a wiped runtime directory) it is not.
  await recordOf(id).awaitEnd(before.monitorPid, `bryo rm -f ${shortId(id)}`);
  const after = await settledContainerState(engine.store, id);
  return after.status === 'exited' || after.status === 'unknown' ? exitCodeOf(after) : code;
}

const isEnd = (condition: WaitCondition): boolean =>
  condition === 'stopped' || condition === 'exited';
const isRemoval = (condition: WaitCondition): boolean =>
  condition === 'removed' || condition === 'removing';

/** The exit code to report if a condition holds now, else null. */
function holds(engine: Engine, record: ContainerRecord, options: WaitOptions): number | null {
  const { conditions } = options;
  if (readRecord(engine.store, record.id) === null) {
    if (conditions.some((condition) => isRemoval(condition) || isEnd(condition))) return noExitCode;
    throw new BryoError('no-such-container', `container ${record.name} was removed meanwhile`);
  }
  const state = readContainerState(engine.store, record.id);
  const name = stateName(state);
  // Between two runs it has ended, whatever comes next.
  const exited = name === 'exited' || name === 'restarting';
  if ((exited || name === 'created') && conditions.includes('stopped')) return exitCodeOf(state);
  if (exited && conditions.includes('exited')) return exitCodeOf(state);
  const names: readonly string[] = name === 'created' ? ['created', 'configured'] : [name];
  const met = conditions.some((condition) => !isEnd(condition) && names.includes(condition));
  const unknown = state.status === 'unknown' && conditions.includes('unknown');
  const health = state.status === 'running' ? healthStatus(engine.store, record) : null;
  const well = conditions.some((condition) => condition === health);
  return met || unknown || well ? noExitCode : null;
}

/** The exit code of a container for which a condition holds now, -1 where it has none, or null: none does. */
export function holdingCode(
  engine: Engine,
  record: ContainerRecord,
  conditions: readonly WaitCondition[],
): number | null {
  return holds(engine, record, { conditions, interval: 0 });
}

function startOf(engine: Engine, { id }: ContainerRecord): string | null {
  const state = readContainerState(engine.store, id);
  return 'startedAt' in state ? state.startedAt : null;
}

/** Looks again and again, for what no process tells of; a run between two looks counts. */
async function poll(
  engine: Engine,
  record: ContainerRecord,
  options: WaitOptions,
  signal: AbortSignal,
): Promise<number> {
  const before = startOf(engine, record);
  const hasRun = (): boolean =>
    options.conditions.includes('running') && startOf(engine, record) !== before;
  while (!signal.aborted) {
    const code = holds(engine, record, options);
    if (code !== null) return code;
    if (hasRun()) return noExitCode;
    await setTimeout(options.interval, undefined, { signal }).catch(() => {});
  }
  return noExitCode;
}

/** Waits for what the monitor of a running container tells: its end, and after it the removal. */
async function awaitTold(
  engine: Engine,
  record: ContainerRecord,
  options: WaitOptions,
  state: Monitored,
  signal: AbortSignal,
): Promise<number> {
  const code = await awaitEnd(engine, record.id, state, signal);
  if (options.conditions.some(isEnd)) return code;
  await poll(engine, record, { ...options, conditions: ['removed'] }, signal);
  return code;
}

/**
 * Waits until a condition holds for a container; resolves with its exit code when that is its end,
 * and with -1 for another condition or when nobody knows the code. Works for `--rm` containers, too,
 * whose records go away with them.
 */
export async function waitContainer(
  engine: Engine,
  nameOrId: string,
  options: WaitOptions,
): Promise<number> {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  const now = holds(engine, record, options);
  if (now !== null) return now;
  const stop = new AbortController();
  const { signal } = stop;
  const { conditions } = options;
  const told = conditions.filter((condition) => isEnd(condition) || isRemoval(condition));
  const looked = conditions.filter((condition) => !told.includes(condition));
  if (!('monitorPid' in state) || told.length === 0) {
    return poll(engine, record, options, signal);
  }
  const end = awaitTold(engine, record, options, state, signal);
  // A container that goes away is told of by its monitor, with the exit code.
  const other =
    looked.length === 0
      ? end
      : poll(engine, record, { ...options, conditions: looked }, signal).catch(() => end);
  const watch = watchMonitor(record.id, state, signal).then(() => noExitCode);
  try {
    return await Promise.race([end, other, watch]);
  } finally {
    stop.abort();
    await Promise.allSettled([end, other, watch]);
  }
}
