import { defineCommand } from '../command.ts';
import { inspectObjects } from '../container/inspect-objects.ts';
import { chosenPods, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-inspect',
  noun: 'pod',
  summary: 'Show all that is known of pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [
    { name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' },
    latestPodOption,
  ],
  description: ["Prints an object with podman's field names; for several pods an array of them."],
  examples: [{ command: "bryo pod inspect -f '{{.State}}' web", says: 'whether it runs' }],
  async run(invocation) {
    return inspectObjects(invocation, chosenPods(invocation), ['pod'], false);
  },
});
