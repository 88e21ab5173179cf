import { BryoError } from '../../base/errors.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { containerProcesses } from '../containers/processes.ts';
import { processTable, topColumns } from '../containers/top.ts';
import type { Engine } from '../engine.ts';
import { viewPod } from './view.ts';

/** The processes of all running containers of a pod, its holder's too, as topContainer shows those of one. */
export function topPod(engine: Engine, pod: PodRecord, names: readonly string[]): string[][] {
  const pids = new Set<number>();
  let anchor: number | null = null;
  for (const { record, state } of viewPod(engine.store, pod).members) {
    if (state.status !== 'running') continue;
    anchor ??= state.pid;
    for (const pid of containerProcesses(record.name, state)) pids.add(pid);
  }
  if (anchor !== null) return processTable([...pids], anchor, topColumns(names));
  throw new BryoError('not-running', `pod ${pod.name} has no running containers`);
}
