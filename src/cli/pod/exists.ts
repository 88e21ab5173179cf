import { listPods } from '../../pod/records.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'pod-exists',
  noun: 'pod',
  summary: 'Tell whether a pod exists',
  synopsis: 'POD',
  arguments: { min: 1, max: 1, kind: 'pod' },
  options: [],
  description: [
    'Exits with 0 when there is a pod of that name or id and with 1 when there is none.',
  ],
  examples: [{ command: 'bryo pod exists web || bryo pod create --name web', says: 'once' }],
  async run({ args, context }) {
    const [wanted = ''] = args;
    const fits = ({ id, name }: { id: string; name: string }): boolean =>
      name === wanted || (wanted !== '' && id.startsWith(wanted));
    return listPods(context.engine.store).some(fits) ? 0 : 1;
  },
});
