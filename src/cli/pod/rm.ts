import { removePod, sweepPods } from '../../engine/pods/remove.ts';
import { viewDamagedPods } from '../../engine/pods/view.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { defineCommand } from '../command.ts';
import { podIdFilesOption, readPodIdFile } from '../options/pod-flags.ts';
import { readTime, timeOption } from '../options/shared.ts';
import {
  allPodsOption,
  chosenPods,
  forEachPod,
  ignorePodOption,
  latestPodOption,
  podArguments,
} from './each.ts';

export const command = defineCommand({
  name: 'pod-rm',
  noun: 'pod',
  summary: 'Remove pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [
    allPodsOption,
    { name: 'force', short: 'f', help: 'stop what runs; a pod that does not exist is no error' },
    ignorePodOption,
    latestPodOption,
    podIdFilesOption,
    timeOption,
  ],
  description: [
    'Removes pods with all their containers and what holds their namespaces. The exit status is 1 when there is no such pod. One whose record is damaged goes only with --force.',
  ],
  examples: [{ command: 'bryo pod rm -f web', says: 'whatever runs in it' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const force = invocation.flag('force');
    const timeout = readTime(invocation);
    sweepPods(engine.store);
    const names = chosenPods(invocation, invocation.texts('pod-id-file').map(readPodIdFile));
    const ignore = force || invocation.flag('ignore');
    const remove = (pod: PodRecord) => removePod(engine, pod, { force, timeout });
    const damaged = viewDamagedPods(engine.store).map(({ pod }) => pod);
    const standIn = (name: string) =>
      force ? (damaged.find(({ id }) => id.startsWith(name)) ?? null) : null;
    const all = invocation.flag('all') ? [...names, ...damaged.map(({ id }) => id)] : names;
    return forEachPod(invocation, all, remove, { ignore, absentStatus: 1, standIn });
  },
});
