import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ContainerHealth } from '../../container/health.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import {
  type HealthRecord,
  type HealthStatus,
  readHealthRecord,
  requestProbe,
} from '../../monitor/health.ts';
import { socketDirectory } from '../../monitor/sockets.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { HealthLog } from '../../request/health.ts';
import { containerFile } from '../../store/container-files.ts';
import type { Store } from '../../store/paths.ts';
import type { Engine } from '../engine.ts';

/** Where a monitor writes what it knows of a container's health. */
export function healthFiles(store: Store, id: string, { destination }: HealthLog) {
  const recordPath = containerFile(store, id, 'health');
  const logPath =
    typeof destination === 'object'
      ? join(destination.directory, `${id}-healthcheck.log`)
      : recordPath;
  return { recordPath, logPath };
}

/** The health of a container with a check, with its log; null for one without. */
export function readHealth(store: Store, record: ContainerRecord): HealthRecord | null {
  if (record.health === null) return null;
  const { recordPath, logPath } = healthFiles(store, record.id, record.health.log);
  const found = readHealthRecord(recordPath) ?? {
    Status: 'starting',
    FailingStreak: 0,
    Log: [],
  };
  const log = logPath === recordPath ? found.Log : readHealthRecord(logPath)?.Log;
  return { ...found, Log: log ?? [] };
}

/** The status alone; null for a container without a check. */
export function healthStatus(store: Store, record: ContainerRecord): HealthStatus | null {
  if (record.health === null) return null;
  const { recordPath } = healthFiles(store, record.id, record.health.log);
  return readHealthRecord(recordPath)?.Status ?? 'starting';
}

/** A check may last this much longer than its time-out: it has to be started and ended. */
const patience = 10;

function longestProbe({ timeout, startup }: ContainerHealth): number {
  return Math.ceil(Math.max(timeout, startup?.timeout ?? 0) / 1000);
}

/** Milliseconds between two looks at a container, and that its clean-up or restart may take. */
const interval = 100;
const margin = 10_000;

/** Waits until a monitor has done what is asked of it for an unhealthy container: callers look at once. */
async function actionTaken(
  engine: Engine,
  record: ContainerRecord,
  { pid }: { pid: number },
): Promise<void> {
  if (record.health === null || record.health.onFailure === 'none') return;
  const looks = (record.options.stopTimeout * 1000 + margin) / interval;
  for (let look = 0; look < looks; look += 1) {
    const now = await settledContainerState(engine.store, record.id);
    const isOver = now.status === 'exited' && now.restarting === null;
    if (isOver || ('pid' in now && now.pid !== pid)) return;
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

/** Makes a health check now. Throws BryoError `no-healthcheck`, `not-running`. */
export async function runHealthcheck(
  engine: Engine,
  nameOrId: string,
): Promise<{ passed: boolean; status: HealthStatus }> {
  const record = findRecord(engine.store, nameOrId);
  if (record.health === null) {
    throw new BryoError('no-healthcheck', `container ${nameOrId} has no defined healthcheck`, {
      hint: 'give it one with --health-cmd',
    });
  }
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running' || state.paused) {
    const what = state.status === 'running' ? 'paused' : state.status;
    throw new BryoError('not-running', `container ${nameOrId} is ${what}, not running`);
  }
  const directory = socketDirectory(engine.store, record.id, state, 'healthSocket');
  try {
    // A check may be under way already that says nothing of now: time for two.
    const answer = requestProbe(directory, 2 * longestProbe(record.health) + patience);
    if (answer !== null) {
      if (answer.status === 'unhealthy') await actionTaken(engine, record, state);
      return { passed: answer.exitCode === 0, status: answer.status };
    }
  } catch (error) {
    const code = errnoCode(error);
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && code !== 'EAGAIN') throw error;
  }
  throw new BryoError('no-answer', `container ${nameOrId} has ended, or its monitor hangs`);
}
