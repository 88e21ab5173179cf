import { statSync } from 'node:fs';
import { noLimits } from '../request/limits.ts';
import type { Store } from '../store/paths.ts';
import { nothingInherited, type PodRecord } from './pod.ts';
import { type DamagedPod, readPodGroup } from './records.ts';

/**
 * A pod to be listed and removed in the place of one whose record is damaged: its containers say that
 * they are in it, and nothing else is known.
 */
export function standInPod(store: Store, { id, problem }: DamagedPod): PodRecord {
  const made = statSync(problem.path, { throwIfNoEntry: false })?.birthtime ?? new Date();
  return {
    ...nothingInherited(),
    version: 1,
    id,
    name: '',
    createdAt: made.toISOString(),
    creator: '',
    labels: {},
    hostname: '',
    infraId: null,
    shared: [],
    exitPolicy: 'continue',
    restart: { policy: 'no', max: 0 },
    volumesFrom: [],
    cgroupParent: null,
    // The group of a damaged pod has to go, if there is one.
    resources: readPodGroup(store, id) === null ? null : noLimits(),
    createCommand: [],
  };
}
