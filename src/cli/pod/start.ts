import { startPod } from '../../engine/pods/start.ts';
import { defineCommand } from '../command.ts';
import { podIdFilesOption, readPodIdFile } from '../options/pod-flags.ts';
import { allPodsOption, chosenPods, forEachPod, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-start',
  noun: 'pod',
  summary: 'Start pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [allPodsOption, latestPodOption, podIdFilesOption],
  description: [
    'Starts all containers of a pod that do not run: first what holds its namespaces, then init containers to their end, then the others.',
  ],
  examples: [{ command: 'bryo pod start web', says: 'its containers' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const pods = chosenPods(invocation, invocation.texts('pod-id-file').map(readPodIdFile));
    return forEachPod(invocation, pods, (pod) => startPod(engine, pod), { prints: 'name' });
  },
});
