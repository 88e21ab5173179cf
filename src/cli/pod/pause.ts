import { pausePod } from '../../engine/pods/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { allPodsOption, chosenPods, forEachPod, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-pause',
  noun: 'pod',
  summary: 'Pause pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [allPodsOption, latestPodOption],
  description: ['Makes all processes of a pod stand still. That needs control groups.'],
  examples: [{ command: 'bryo pod pause web', says: 'all of it' }],
  async run(invocation) {
    const { engine } = invocation.context;
    return forEachPod(invocation, chosenPods(invocation), (pod) => pausePod(engine, pod));
  },
});
