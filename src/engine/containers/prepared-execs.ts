import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseTimestamp } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { newContainerId } from '../../container/id.ts';
import { readRecord } from '../../container/records.ts';
import { lockOwner } from '../../native/locks.ts';
import { processStartTicks } from '../../native/processes.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import type { Store } from '../../store/paths.ts';
import { readRecordFile } from '../../store/record-file.ts';
import type { Engine } from '../engine.ts';
import { watchEvents } from '../system/watch-events.ts';
import { execSession } from './exec-sessions.ts';
import type { TerminalSize } from './start/monitor-input.ts';

/** The start of a prepared command. */
export interface ExecStart {
  /** RFC 3339. */
  at: string;
  pid: number;
  /** Tells its process from a later one of the same number (proc(5), starttime). */
  ticks: number;
}

/** The standard streams that the client of a prepared command wants. */
export interface ExecStreams {
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  detachKeys: string | null;
}

/**
 * A command that a client of the API has prepared to run in a container: the JSON of execs/ID.json in the runtime
 * directory, which goes with the boot, or a day after it was made.
 */
export interface PreparedExec extends ExecStreams {
  id: string;
  /** Id of the container. */
  container: string;
  command: string[];
  env: Record<string, string>;
  user: string | null;
  workdir: string | null;
  privileged: boolean;
  /** Null: not yet. */
  started: ExecStart | null;
  /** The exit code of a start that failed. */
  failed?: number;
}

/** Milliseconds for which an unused one is kept. */
const kept = 24 * 60 * 60 * 1000;

function directoryOf({ runroot }: Store): string {
  return join(runroot, 'execs');
}

const pathOf = (store: Store, id: string): string => join(directoryOf(store), `${id}.json`);
/** The size of the terminal that a client has asked for before the start. */
const sizePathOf = (store: Store, id: string): string => join(directoryOf(store), `${id}.size`);

function isPrepared(value: unknown): value is PreparedExec {
  const { id, container, command } = (value ?? {}) as Partial<PreparedExec>;
  return typeof id === 'string' && typeof container === 'string' && Array.isArray(command);
}

function write(store: Store, exec: PreparedExec): void {
  mkdirSync(directoryOf(store), { recursive: true, mode: 0o700 });
  writeFileAtomic(pathOf(store, exec.id), JSON.stringify(exec), 'volatile');
}

/** Removes those that are old, or whose container has gone. */
function sweep(store: Store): void {
  for (const name of readdirSync(directoryOf(store))) {
    const path = join(directoryOf(store), name);
    if (name.endsWith('.size')) {
      const isOver = !existsSync(pathOf(store, name.slice(0, -'.size'.length)));
      if (isOver) rmSync(path, { force: true });
      continue;
    }
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) continue;
    const reading = readRecordFile(path, isPrepared);
    const isOld = Date.now() - status.mtimeMs > kept;
    const isLost = reading.kind === 'sound' && readRecord(store, reading.value.container) === null;
    if (isOld || isLost) rmSync(path, { force: true });
  }
}

/** Keeps a command to be started later. */
export function prepareExec(
  { store }: Engine,
  exec: Omit<PreparedExec, 'id' | 'started'>,
): PreparedExec {
  const made = { ...exec, id: newContainerId(), started: null };
  write(store, made);
  sweep(store);
  return made;
}

/** A prepared command. Throws BryoError `no-such-session`. */
export function findExec({ store }: Engine, id: string): PreparedExec {
  const reading = readRecordFile(pathOf(store, id), isPrepared);
  if (reading.kind === 'sound') return reading.value;
  throw new BryoError('no-such-session', `No such exec instance: ${id}`, { about: id });
}

/** Remembers that a command was started. */
export function noteStart({ store }: Engine, exec: PreparedExec, pid: number, at: string): void {
  const ticks = Number(processStartTicks(pid) ?? 0);
  write(store, { ...exec, started: { at, pid, ticks } });
}

/** Remembers that a command could not be started, and the exit code that stands for the reason. */
export function noteFailure({ store }: Engine, exec: PreparedExec, code: number): void {
  write(store, { ...exec, failed: code });
}

/** How a prepared command is: it waits, it runs, or it has ended with a code (null: nobody knows it). */
export type ExecState =
  | { kind: 'waiting' }
  | { kind: 'running'; pid: number }
  | { kind: 'ended'; exitCode: number | null };

async function toldCode(engine: Engine, { id, started }: PreparedExec): Promise<number | null> {
  if (engine.eventsBackend === 'none' || started === null) return null;
  const since = parseTimestamp(started.at) ?? 0n;
  let code: number | null = null;
  for await (const event of watchEvents(engine, { since, until: null, stream: false })) {
    if (event.ExecID === id && event.Status === 'exec_died') code = event.ContainerExitCode ?? 0;
  }
  return code;
}

const interval = 5;
/** Milliseconds that a monitor takes at most to tell of an end. */
const patience = 2000;

/** The state of a prepared command. Its monitor is given the time to tell how it has ended. */
export async function execState(engine: Engine, exec: PreparedExec): Promise<ExecState> {
  const { started, failed } = exec;
  if (failed !== undefined) return { kind: 'ended', exitCode: failed };
  if (started === null) return { kind: 'waiting' };
  const ticks = processStartTicks(started.pid);
  if (ticks !== null && Number(ticks) === started.ticks) {
    return { kind: 'running', pid: started.pid };
  }
  const { lockPath } = execSession(engine.store, exec.container, exec.id);
  for (let waited = 0; lockOwner(lockPath) !== null && waited < patience; waited += interval) {
    await setTimeout(interval);
  }
  return { kind: 'ended', exitCode: await toldCode(engine, exec) };
}

/** The state of a prepared command whose stream has ended: its process may take a moment to end as well. */
export async function endedState(engine: Engine, exec: PreparedExec): Promise<ExecState> {
  let state = await execState(engine, exec);
  for (let waited = 0; state.kind === 'running' && waited < patience; waited += interval) {
    await setTimeout(interval);
    state = await execState(engine, exec);
  }
  return state;
}

/** Forgets a prepared command; one that runs goes on. */
export function dropExec({ store }: Engine, id: string): void {
  rmSync(pathOf(store, id), { force: true });
  rmSync(sizePathOf(store, id), { force: true });
}

/**
 * Keeps the size of a terminal for a start that may come, or be on its way: whoever starts looks for it before and
 * after, and whoever keeps it looks afterwards whether the command runs.
 */
export function keepSize({ store }: Engine, { id }: PreparedExec, size: TerminalSize): void {
  writeFileAtomic(sizePathOf(store, id), JSON.stringify(size), 'volatile');
}

function isSize(value: unknown): value is TerminalSize {
  const { rows, columns } = (value ?? {}) as Partial<TerminalSize>;
  return typeof rows === 'number' && typeof columns === 'number';
}

/** The size that was kept for a start; null: none. */
export function keptSize({ store }: Engine, { id }: PreparedExec): TerminalSize | null {
  const reading = readRecordFile(sizePathOf(store, id), isSize);
  return reading.kind === 'sound' ? reading.value : null;
}
