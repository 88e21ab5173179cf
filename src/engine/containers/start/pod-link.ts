import { join } from 'node:path';
import type { ContainerRecord } from '../../../container/record.ts';
import type { MonitorInput } from '../../../plan/launch-input.ts';
import { readPod } from '../../../pod/records.ts';
import { type Store, storePaths } from '../../../store/paths.ts';

/**
 * The pipe by which the monitors of a pod's containers tell its holder that they are there; null
 * unless the pod ends with the last of them.
 */
export function podLink(
  store: Store,
  record: ContainerRecord,
): NonNullable<MonitorInput['podLink']> | null {
  const { pod: id, initCtr } = record.options;
  if (id === null || initCtr !== null) return null;
  const pod = readPod(store, id);
  if (pod === null || pod.infraId === null || pod.exitPolicy !== 'stop') return null;
  const path = join(storePaths.container(store, pod.infraId), 'members');
  return { path, holder: record.id === pod.infraId };
}
