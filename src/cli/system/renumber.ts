import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'system-renumber',
  noun: 'system',
  summary: 'Number locks anew, of which there are none',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  description: [
    'Does nothing and succeeds. The locks of containers are files beside them, so their number has no limit and cannot be wrong.',
  ],
  examples: [{ command: 'bryo system renumber', says: 'in a script that was written for podman' }],
  run: () => Promise.resolve(0),
});
