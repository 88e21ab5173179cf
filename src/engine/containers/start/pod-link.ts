import type { ContainerRecord } from '../../../container/record.ts';
import { readPod } from '../../../pod/records.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';

/**
 * The pipe by which the monitors of a pod's containers tell its holder that they are there; null
 * unless the pod ends with the last of them.
 */
export function podLink(
  store: Store,
  record: ContainerRecord,
): { path: string; holder: boolean } | null {
  const { pod: id, initCtr } = record.options;
  if (id === null || initCtr !== null) return null;
  const pod = readPod(store, id);
  if (pod === null || pod.infraId === null || pod.exitPolicy !== 'stop') return null;
  const path = containerFile(store, pod.infraId, 'podMembers');
  return { path, holder: record.id === pod.infraId };
}
