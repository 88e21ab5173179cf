import { downKube } from '../../engine/kube/down.ts';
import { defineCommand } from '../command.ts';
import { readKubeText } from './input.ts';
import { printRemoved } from './print.ts';
import { forceOption } from './read-play.ts';

export const command = defineCommand({
  name: 'kube-down',
  noun: 'kube',
  summary: 'Remove what was made of Kubernetes YAML',
  synopsis: 'FILE|URL|-',
  arguments: { min: 1, max: 1, kind: 'file' },
  options: [forceOption],
  description: [
    'Stops and removes the pods that a file describes, and its secrets; the file is what bryo kube play was given. Volumes stay unless --force is given. What is not there is no error. Prints ids, and names of volumes.',
  ],
  examples: [
    { command: 'bryo kube down web.yaml', says: 'its pods are gone' },
    { command: 'bryo kube down --force web.yaml', says: 'and what they have kept' },
  ],
  async run({ context, args, flag }) {
    const text = await readKubeText(context, args[0] ?? '-');
    const report = await downKube(context.engine, text, { force: flag('force') });
    return printRemoved(context, report) ? 0 : 125;
  },
});
