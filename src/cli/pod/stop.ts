import { stopPod } from '../../engine/pods/lifecycle.ts';
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
  name: 'pod-stop',
  noun: 'pod',
  summary: 'Stop pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [allPodsOption, ignorePodOption, latestPodOption, podIdFilesOption, timeOption],
  description: [
    'Stops all containers of a pod as bryo-stop(1) does, what holds its namespaces at last.',
  ],
  examples: [{ command: 'bryo pod stop -t 2 web', says: 'give each two seconds' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const pods = chosenPods(invocation, invocation.texts('pod-id-file').map(readPodIdFile));
    const timeout = readTime(invocation);
    return forEachPod(invocation, pods, (pod) => stopPod(engine, pod, timeout), { prints: 'name' });
  },
});
