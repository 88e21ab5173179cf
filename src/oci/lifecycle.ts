import { existsSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { freeze, thaw } from '../cgroup/freeze.ts';
import { settingsOf } from '../cgroup/limits.ts';
import { updateGroup } from '../cgroup/place.ts';
import { allProcessesOf, removeGroup } from '../cgroup/remove.ts';
import { addon } from '../native/addon.ts';
import { pidNamespaceMembers } from '../native/processes.ts';
import type { ResourceLimits } from '../request/limits.ts';
import { containerConfig } from './create.ts';
import { runPoststopHooks } from './hooks.ts';
import { limitNames } from './resources.ts';
import {
  forgetContainer,
  type RuntimeRecord,
  type RuntimeRoot,
  type RuntimeStatus,
  readRecord,
  statusOf,
} from './state.ts';

export const sigkill = 9;
const killWait = 10_000;

/** Throws BryoError `wrong-status` unless the container is in one of these states. */
export function requireStatus(record: RuntimeRecord, verb: string, allowed: RuntimeStatus[]): void {
  const status = statusOf(record);
  if (allowed.includes(status)) return;
  // Engines look for these words of other runtimes.
  const why = status === 'stopped' ? 'container not running' : `it is ${status}`;
  throw new BryoError('wrong-status', `cannot ${verb} container ${record.id}: ${why}`);
}

/** Pids of all the container's processes, as the caller sees them. */
export function containerPids(record: RuntimeRecord): number[] {
  if (record.process === null) return [];
  if (record.cgroup !== null) return allProcessesOf(record.cgroup);
  const members = pidNamespaceMembers(record.process.pid);
  if (members !== null) return members;
  throw new BryoError('unsupported', `container ${record.id} shares its pid namespace`, {
    hint: 'without a control group nothing tells its processes from others',
  });
}

function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
}

/** Whether the end of its process ends no other of the container: it is in somebody else's pid namespace. */
function outlivesProcess(root: RuntimeRoot, record: RuntimeRecord): boolean {
  if (record.cgroup === null) return false;
  const { namespaces } = containerConfig(root, record).spec.linux;
  return !namespaces.some(({ type, path }) => type === 'pid' && path === undefined);
}

/**
 * `kill`: a signal for the container's process, or for all of them. SIGKILL is for all also where they would outlive
 * the process, and where they have.
 */
export function killContainer(root: RuntimeRoot, id: string, signal: number, all: boolean): void {
  const record = readRecord(root, id);
  const every = all || (signal === sigkill && outlivesProcess(root, record));
  const stopped = statusOf(record) === 'stopped';
  const pids = every && (!stopped || record.cgroup !== null) ? livePids(record) : [];
  if (!all && pids.length === 0) requireStatus(record, 'kill', ['created', 'running', 'paused']);
  if (record.process === null || (stopped && pids.length === 0)) return;
  for (const pid of every ? pids : [record.process.pid]) send(pid, signal);
}

/** Pids of a container whose control group may have gone. */
function livePids(record: RuntimeRecord): number[] {
  return record.cgroup === null || existsSync(record.cgroup) ? containerPids(record) : [];
}

/**
 * `delete`: forgets a container that has ended; with `force` it is killed first and need not exist.
 * Returns what went wrong with poststop hooks.
 */
export function deleteContainer(root: RuntimeRoot, id: string, force: boolean): string[] {
  let record: RuntimeRecord;
  try {
    record = readRecord(root, id);
  } catch (error) {
    if (force && error instanceof BryoError && error.code === 'no-such-container') return [];
    throw error;
  }
  const status = statusOf(record);
  if ((status === 'running' || status === 'paused') && !force) {
    throw new BryoError(
      'wrong-status',
      `cannot delete container ${id} that is not stopped: ${status}`,
    );
  }
  if (record.process !== null && status !== 'stopped') {
    send(record.process.pid, sigkill);
    if (!addon().waitProcess(record.process.pid, killWait)) {
      throw new BryoError('cannot-kill', `container ${id} cannot be killed`);
    }
  }
  let problems: string[] = [];
  try {
    problems = runPoststopHooks(containerConfig(root, record).hooks.poststop, record);
  } catch (error) {
    // A container whose creation was cut short, or a damaged state, has no hooks to run.
    if (!(error instanceof BryoError)) throw error;
  }
  if (record.cgroup !== null) removeGroup(record.cgroup);
  forgetContainer(root, id);
  return problems;
}

/** The control group of a container that has one. Throws BryoError `no-cgroup`. */
export function requireGroup(record: RuntimeRecord, verb: string): string {
  if (record.cgroup !== null) return record.cgroup;
  throw new BryoError(
    'no-cgroup',
    `cannot ${verb} container ${record.id}: it has no control group`,
    { hint: 'that needs the unified hierarchy, delegated to the caller' },
  );
}

/** `pause`: the container's processes stand still. */
export function pauseContainer(root: RuntimeRoot, id: string): void {
  const record = readRecord(root, id);
  requireStatus(record, 'pause', ['created', 'running']);
  freeze(requireGroup(record, 'pause'));
}

/** `resume`: they go on. */
export function resumeContainer(root: RuntimeRoot, id: string): void {
  const record = readRecord(root, id);
  requireStatus(record, 'resume', ['paused']);
  thaw(requireGroup(record, 'resume'));
}

/** `update`: other limits for a container that is not stopped. */
export function updateContainer(root: RuntimeRoot, id: string, limits: ResourceLimits): void {
  const record = readRecord(root, id);
  requireStatus(record, 'update', ['created', 'running', 'paused']);
  updateGroup(requireGroup(record, 'update'), settingsOf(limits, limitNames));
}
