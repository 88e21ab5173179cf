import { describePod } from '../../engine/pod/inspect.ts';
import { viewPod } from '../../engine/pod/view.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
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
  description: [
    "Prints an object with podman's field names; for several pods one after the other.",
  ],
  examples: [{ command: "bryo pod inspect -f '{{.State}}' web", says: 'whether it runs' }],
  async run(invocation) {
    const { context } = invocation;
    const { store } = context.engine;
    const format = invocation.text('format') ?? 'json';
    const views = chosenPods(invocation).map((name) => viewPod(store, findPod(store, name)));
    context.stdout.write(views.map((view) => formatOne(format, describePod(view))).join(''));
    return 0;
  },
});
