import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'system-migrate',
  noun: 'system',
  summary: 'Bring containers to this version, which nothing needs',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  refused: { 'new-runtime': 'a container runs with the runtime that it was created with' },
  description: [
    'Does nothing and succeeds. podman needs this command when /etc/subuid has changed or when it has been upgraded: a process of its own keeps the user namespace. Here each command reads /etc/subuid and the records as they are.',
  ],
  examples: [{ command: 'bryo system migrate', says: 'in a script that was written for podman' }],
  run: () => Promise.resolve(0),
});
