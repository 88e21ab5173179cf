import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ContainerRecord } from '../container/record.ts';
import { type LogQuery, type LogSource, logGoesOn, OpenedLog } from '../engine/containers/logs.ts';
import type { Engine } from '../engine/engine.ts';
import type { LogRecord } from '../monitor/log-reader.ts';
import { readContainerState } from '../monitor/state.ts';
import { addon } from '../native/addon.ts';
import type { FollowStream } from './route/reply.ts';

/** How a client wants to see a log. */
export type LogForm = Pick<FollowStream, 'framed' | 'timestamps' | 'stdout' | 'stderr'>;

/** Milliseconds between two looks at a container that its restart policy is about to start again. */
const interval = 100;

/** A pidfd of the monitor of a container; null: none runs. */
function monitorOf({ store }: Engine, { id }: ContainerRecord): number | null {
  const state = readContainerState(store, id);
  const pid = 'monitorPid' in state ? state.monitorPid : 0;
  const descriptor = pid > 0 ? addon().pidfd(pid) : -1;
  return descriptor < 0 ? null : descriptor;
}

/** Waits while a container is about to be started again; null: it has ended. */
async function nextMonitor(
  engine: Engine,
  record: ContainerRecord,
  gone: AbortSignal,
): Promise<number | null> {
  while (!gone.aborted) {
    const monitor = monitorOf(engine, record);
    if (monitor !== null || !logGoesOn(engine, record)) return monitor;
    await setTimeout(interval);
  }
  return null;
}

/** A log that a client follows, until the acceptor goes on with it. */
export class FollowedLog {
  readonly #source: LogSource;
  readonly #log: OpenedLog;
  readonly #monitor: number;

  private constructor(source: LogSource, query: LogQuery, monitor: number) {
    this.#source = source;
    this.#monitor = monitor;
    this.#log = new OpenedLog(source, query);
  }

  /** Null: of this one the acceptor cannot read more, or there will be no more. */
  static open(engine: Engine, source: LogSource, query: LogQuery): FollowedLog | null {
    const { path, record } = source;
    const isSoon = query.since !== null && query.since > BigInt(Date.now()) * 1_000_000n;
    if (!query.follow || query.until !== null || isSoon) return null;
    // The acceptor reads files, whose name is a word to it.
    if (path === '' || /\s/.test(basename(path)) || !logGoesOn(engine, record)) return null;
    const monitor = monitorOf(engine, record);
    return monitor === null ? null : new FollowedLog(source, query, monitor);
  }

  /** The records of files that the acceptor does not read. */
  async *records(): AsyncGenerator<LogRecord> {
    yield* this.#log.older();
  }

  /** The rest; null: the log has no file. */
  async rest(form: LogForm): Promise<FollowStream | null> {
    const newest = this.#log.takeNewest();
    this.#log.close();
    const { path, record } = this.#source;
    if (newest === null) {
      closeSync(this.#monitor);
      return null;
    }
    return {
      ...form,
      file: newest.fd,
      offset: newest.offset,
      directory: openSync(dirname(path), constants.O_DIRECTORY | constants.O_RDONLY),
      name: basename(path),
      files: record.options.log.maxFiles,
      monitor: this.#monitor,
    };
  }

  close(): void {
    this.#log.close();
    closeSync(this.#monitor);
  }
}

/** The rest of a log after the end of a monitor; null: that was all. `handed`: the descriptors that have come back. */
export async function followFurther(
  engine: Engine,
  { path, record }: LogSource,
  { handed, form, gone }: { handed: readonly number[]; form: LogForm; gone: AbortSignal },
): Promise<FollowStream | null> {
  const [file, directory] = handed;
  if (file === undefined || directory === undefined) return null;
  const monitor = await nextMonitor(engine, record, gone);
  if (monitor === null) return null;
  const files = record.options.log.maxFiles;
  return { ...form, file, directory, offset: null, name: basename(path), files, monitor };
}
