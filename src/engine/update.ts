import { BryoError } from '../base/errors.ts';
import { type CgroupSetting, type ResourceLimits, settingsOf } from '../cgroup/limits.ts';
import { updateGroup } from '../cgroup/place.ts';
import { findRecord, replaceRecord } from '../container/records.ts';
import { settledContainerState } from '../monitor/state.ts';
import type { Engine } from './engine.ts';

/** What is asked for takes the place of what was; the rest stays. */
function merge(old: ResourceLimits, changes: ResourceLimits): ResourceLimits {
  const asked = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
  return {
    ...old,
    ...asked,
    devices: changes.devices.length > 0 ? changes.devices : old.devices,
    unified: { ...old.unified, ...changes.unified },
  };
}

/** Swap has a limit of its own, which depends on that of memory. */
function changedSettings(changes: ResourceLimits, merged: ResourceLimits): CgroupSetting[] {
  const { memory, memorySwap } = merged;
  if (changes.memory === null && changes.memorySwap === null) return settingsOf(changes);
  if (memorySwap !== null && memorySwap >= 0 && (memory === null || memory > memorySwap)) {
    throw new BryoError('bad-limit', `--memory would be more than --memory-swap (${memorySwap})`, {
      hint: 'change both: the second is the sum of memory and swap',
    });
  }
  return settingsOf({ ...changes, memory, memorySwap });
}

/**
 * Changes the limits of a container: at once when it runs, and for every later start. Returns its
 * id. Throws BryoError when the kernel refuses, and then keeps the old ones.
 */
export async function updateContainer(
  engine: Engine,
  nameOrId: string,
  changes: ResourceLimits,
): Promise<string> {
  const record = findRecord(engine.store, nameOrId);
  const resources = merge(record.options.resources, changes);
  const settings = changedSettings(changes, resources);
  if (settings.length === 0) {
    throw new BryoError('usage', 'update needs at least one limit', { hint: 'such as --memory' });
  }
  const state = await settledContainerState(engine.store, record.id);
  if (state.status === 'running') {
    if (state.cgroup === null) {
      throw new BryoError(
        'no-cgroups',
        `cannot update container ${nameOrId}: it has no control group`,
        { hint: "see 'bryo doctor'" },
      );
    }
    updateGroup(state.cgroup, settings);
  }
  replaceRecord(engine.store, { ...record, options: { ...record.options, resources } });
  return record.id;
}
