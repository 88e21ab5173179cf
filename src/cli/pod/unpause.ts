import { unpausePod } from '../../engine/pods/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { allPodsOption, chosenPods, forEachPod, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-unpause',
  noun: 'pod',
  summary: 'Let paused pods go on',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [allPodsOption, latestPodOption],
  description: ['Lets all processes of a paused pod go on.'],
  examples: [{ command: 'bryo pod unpause web', says: 'all of it' }],
  async run(invocation) {
    const { engine } = invocation.context;
    return forEachPod(invocation, chosenPods(invocation), (pod) => unpausePod(engine, pod));
  },
});
