import { BryoError } from '../../base/errors.ts';
import { type CgroupSetting, settingsOf } from '../../cgroup/limits.ts';
import { updateGroup } from '../../cgroup/place.ts';
import { changeHealth, changesHealth, type HealthChanges } from '../../container/change-health.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { replaceRecord } from '../../container/registration.ts';
import { type ContainerState, settledContainerState } from '../../monitor/state.ts';
import { type HealthRequest, noHealthRequest } from '../../request/health.ts';
import type { RestartRequest } from '../../request/lifecycle.ts';
import type { ResourceLimits } from '../../request/limits.ts';
import type { Engine } from '../engine.ts';
import { tellRestartPolicy } from './start/restart-files.ts';

/** The old limits, in which those that are asked for take the place of their like. */
export function mergeLimits(old: ResourceLimits, changes: ResourceLimits): ResourceLimits {
  const asked = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
  return {
    ...old,
    ...asked,
    devices: changes.devices.length > 0 ? changes.devices : old.devices,
    unified: { ...old.unified, ...changes.unified },
  };
}

/** Throws BryoError `bad-limit` for less memory and swap together than memory. */
export function checkSwap({ memory, memorySwap }: ResourceLimits): void {
  if (memorySwap === null || memorySwap < 0 || (memory !== null && memory <= memorySwap)) return;
  throw new BryoError('bad-limit', `--memory would be more than --memory-swap (${memorySwap})`, {
    hint: 'change both: the second is the sum of memory and swap',
  });
}

/** Swap has a limit of its own, which depends on that of memory. */
function changedSettings(changes: ResourceLimits, merged: ResourceLimits): CgroupSetting[] {
  const { memory, memorySwap } = merged;
  if (changes.memory === null && changes.memorySwap === null) return settingsOf(changes);
  checkSwap(merged);
  return settingsOf({ ...changes, memory, memorySwap });
}

/** Changes limits of a running container at once. */
function applyNow(nameOrId: string, cgroup: string | null, settings: CgroupSetting[]): void {
  if (settings.length === 0) return;
  if (cgroup === null) {
    throw new BryoError(
      'no-cgroups',
      `cannot update container ${nameOrId}: it has no control group`,
      { hint: "see 'bryo doctor'" },
    );
  }
  updateGroup(cgroup, settings);
}

/** Has policy and health check count for a container that runs. */
async function tellMonitor(
  engine: Engine,
  record: ContainerRecord,
  state: Extract<ContainerState, { status: 'running' }>,
  { restart, healthChanges }: { restart: RestartRequest | null; healthChanges: HealthChanges },
): Promise<void> {
  if (restart !== null && restart.policy !== 'no' && !state.keepsPlan) {
    const { restartOnceEnded } = await import('./start/restart-later.ts');
    restartOnceEnded(engine, record.id, state.monitorPid);
  }
  if (!changesHealth(healthChanges)) return;
  const { tellHealthCheck } = await import('./start/change-health.ts');
  if (await tellHealthCheck(engine, record, state)) return;
  engine.log('warn', `container ${record.name} has its new health check once it is started again`);
}

/** The changes that `update` can make. */
export interface ContainerChanges {
  limits: ResourceLimits;
  /** Null: the policy stays. */
  restart: RestartRequest | null;
  health: HealthChanges;
}

/** The health check of a container, and the options that would give another one the same. */
function changedHealth(
  { health, options }: ContainerRecord,
  changes: HealthChanges,
): Pick<ContainerRecord, 'health' | 'options'> {
  if (!changesHealth(changes)) return { health, options };
  const changed = changeHealth(health, changes);
  const request: HealthRequest =
    changed === null ? { ...noHealthRequest(), disabled: true } : { ...changed, disabled: false };
  return { health: changed, options: { ...options, health: request } };
}

/**
 * Changes limits, the restart policy and the health check of a container: at once when it runs, and for
 * every later start. Returns its id. Throws BryoError when the kernel refuses, and then keeps the old ones.
 */
export async function updateContainer(
  engine: Engine,
  nameOrId: string,
  { limits, restart, health: healthChanges }: ContainerChanges,
): Promise<string> {
  const record = findRecord(engine.store, nameOrId);
  const { options } = record;
  const resources = mergeLimits(options.resources, limits);
  const settings = changedSettings(limits, resources);
  if (restart !== null && restart.policy !== 'no' && options.remove) {
    throw new BryoError('bad-flag-value', '--restart cannot be used with a container of --rm');
  }
  const state = await settledContainerState(engine.store, record.id);
  if (state.status === 'running') applyNow(nameOrId, state.cgroup, settings);
  const { health, ...checked } = changedHealth(record, healthChanges);
  const changed = { ...checked.options, resources, restart: restart ?? options.restart };
  const next = { ...record, health, options: changed };
  replaceRecord(engine.store, next);
  if (restart !== null) tellRestartPolicy(engine.store, record.id, restart);
  if (state.status === 'running')
    await tellMonitor(engine, next, state, { restart, healthChanges });
  return record.id;
}
