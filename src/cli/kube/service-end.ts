import { hasFailed, propagations, stopPods } from '../../engine/kube/service.ts';
import { readChoice } from '../../request/values.ts';
import { defineCommand } from '../command.ts';

/** Exit status of a service whose containers have failed, as podman has it. */
const failedStatus = 137;

export const command = defineCommand({
  name: 'kube-service-end',
  noun: 'kube',
  summary: 'End the service of a .kube file',
  synopsis: 'POD...',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'none' },
  options: [
    { name: 'interrupted', help: 'the pods are to be stopped' },
    { name: 'propagation', value: 'WHICH', help: 'whose failures are one of the service' },
  ],
  description: ["What 'bryo kube play --service-container' becomes once its pods have ended."],
  examples: [],
  async run({ context, args, flag, text }) {
    const { engine } = context;
    if (flag('interrupted')) {
      await stopPods(engine, args);
      return 0;
    }
    const propagation = readChoice('--propagation', text('propagation'), propagations) ?? 'none';
    return (await hasFailed(engine, args, propagation)) ? failedStatus : 0;
  },
});
