import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { findPod } from '../../pod/records.ts';
import type { Store } from '../../store/paths.ts';
import { containerUnit, type UnitText } from './container-unit.ts';
import { podUnits } from './pod-units.ts';
import type { UnitMaking } from './unit-request.ts';

/** The container of that name; null: there is none. */
function containerCalled(store: Store, nameOrId: string): ContainerRecord | null {
  try {
    return findRecord(store, nameOrId);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-such-container') return null;
    throw error;
  }
}

/** The pod of that name. Throws BryoError `no-such-container` where there is none. */
function podCalled(store: Store, nameOrId: string): PodRecord {
  try {
    return findPod(store, nameOrId);
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'no-such-pod') throw error;
    throw new BryoError(
      'no-such-container',
      `${nameOrId} does not refer to a container or pod: no such container or pod`,
    );
  }
}

/**
 * The services of what has that name: a container, else a pod. Throws BryoError `no-such-container`, and
 * `no-create-command` where one is to be made anew that no command line has made.
 */
export async function unitsOf(making: UnitMaking, nameOrId: string): Promise<UnitText[]> {
  const { store } = making.engine;
  const record = containerCalled(store, nameOrId);
  if (record !== null) return [await containerUnit(making, record, null)];
  return podUnits(making, podCalled(store, nameOrId));
}
