import { restartPod } from '../../engine/pods/restart.ts';
import { defineCommand } from '../command.ts';
import { allPodsOption, chosenPods, forEachPod, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-restart',
  noun: 'pod',
  summary: 'Restart pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [allPodsOption, latestPodOption],
  description: ['Stops all containers of a pod and starts them again.'],
  examples: [{ command: 'bryo pod restart web', says: 'with the present images and secrets' }],
  async run(invocation) {
    const { engine } = invocation.context;
    return forEachPod(invocation, chosenPods(invocation), (pod) => restartPod(engine, pod, null));
  },
});
