import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'network-exists',
  noun: 'network',
  summary: 'Tell by the exit status whether there is a network; there is none yet',
  synopsis: 'NETWORK',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: ['The exit status is 1: no network can be made yet that containers join.'],
  examples: [{ command: 'bryo network exists backend', says: 'status 1' }],
  run: () => Promise.resolve(1),
});
