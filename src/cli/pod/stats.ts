import { type Sample, sampleContainer } from '../../engine/containers/stats.ts';
import { ownMembers, type PodView, viewPod, viewPods } from '../../engine/pods/view.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { statsOptions, streamStats } from '../container/stats.ts';
import { chosenPods, latestPodOption, podArguments } from './each.ts';

function takeSamples(invocation: Invocation): Sample[] {
  const { store } = invocation.context.engine;
  const named = invocation.args.length > 0 || invocation.flag('latest');
  const views: PodView[] = named
    ? chosenPods(invocation).map((name) => viewPod(store, findPod(store, name)))
    : viewPods(store);
  return views
    .flatMap(ownMembers)
    .flatMap(({ record, state }) =>
      state.status === 'running' ? [sampleContainer(record, state)] : [],
    );
}

export const command = defineCommand({
  name: 'pod-stats',
  noun: 'pod',
  summary: 'Show what the containers of pods use',
  synopsis: '[POD...]',
  arguments: podArguments,
  options: [
    { name: 'all', short: 'a', help: 'all pods; so without names' },
    latestPodOption,
    ...statsOptions,
  ],
  description: [
    'Shows what the running containers of pods use, as bryo-stats(1) does, with their pods.',
  ],
  examples: [{ command: 'bryo pod stats --no-stream web', says: 'once' }],
  async run(invocation) {
    return streamStats(invocation, () => takeSamples(invocation), true);
  },
});
