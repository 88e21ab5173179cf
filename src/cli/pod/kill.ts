import { BryoError } from '../../base/errors.ts';
import { parseSignal, signalProblem } from '../../base/signals.ts';
import { killPod } from '../../engine/pods/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { allPodsOption, chosenPods, forEachPod, latestPodOption, podArguments } from './each.ts';

export const command = defineCommand({
  name: 'pod-kill',
  noun: 'pod',
  summary: 'Send a signal to the containers of pods',
  synopsis: 'POD [POD...]',
  arguments: podArguments,
  options: [
    allPodsOption,
    latestPodOption,
    {
      name: 'signal',
      short: 's',
      value: 'SIGNAL',
      default: 'KILL',
      help: 'signal to send, by name or number',
    },
  ],
  description: ['Sends a signal to the first process of each running container of a pod.'],
  examples: [
    { command: 'bryo pod kill -s HUP web', says: 'have its servers read their configuration' },
  ],
  async run(invocation) {
    const { engine } = invocation.context;
    const text = invocation.text('signal') ?? 'KILL';
    const signal = parseSignal(text);
    if (signal === null) throw new BryoError('bad-flag-value', signalProblem(text));
    return forEachPod(invocation, chosenPods(invocation), (pod) => killPod(engine, pod, signal));
  },
});
