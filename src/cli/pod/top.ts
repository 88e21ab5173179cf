import { topPod } from '../../engine/pods/top.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand } from '../command.ts';
import { alignColumns } from '../format/table.ts';
import { chosenPods, latestPodOption } from './each.ts';

export const command = defineCommand({
  name: 'pod-top',
  noun: 'pod',
  summary: 'List the processes of a pod',
  synopsis: 'POD [DESCRIPTOR...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'pod' },
  options: [latestPodOption],
  description: [
    'Lists the processes of all containers of a pod, as bryo-top(1) does for one. No program of an image is run.',
  ],
  examples: [{ command: 'bryo pod top web pid user args', says: 'three columns' }],
  async run(invocation) {
    const { context, args } = invocation;
    const { engine } = context;
    const latest = invocation.flag('latest');
    const [name = ''] = latest ? chosenPods({ ...invocation, args: [] }) : chosenPods(invocation);
    const descriptors = (latest ? args : args.slice(1)).flatMap((word) => word.split(','));
    const rows = topPod(engine, findPod(engine.store, name), descriptors);
    context.stdout.write(alignColumns(rows, context.dialect));
    return 0;
  },
});
