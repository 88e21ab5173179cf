import { BryoError } from '../../base/errors.ts';
import { createVolume } from '../../engine/volumes/volumes.ts';
import { readPair } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'volume-create',
  noun: 'volume',
  summary: 'Create a volume',
  synopsis: '[NAME]',
  arguments: { min: 0, max: 1, kind: 'none' },
  options: [
    {
      name: 'driver',
      short: 'd',
      value: 'DRIVER',
      default: 'local',
      choices: ['local'],
      help: 'only local is supported',
    },
    { name: 'ignore', help: 'a volume that exists already is no error' },
    {
      name: 'opt',
      short: 'o',
      value: 'KEY[=VALUE]',
      repeat: true,
      help: 'o=uid=…,gid=… for its owner, nocopy; or what to mount in its place: type=tmpfs with o=size=…,mode=…, or device=DIRECTORY with o=bind',
    },
    { name: 'label', short: 'l', value: 'KEY=VALUE', repeat: true, help: 'set a label' },
  ],
  description: [
    'Makes a volume, under a random name unless one is given, and prints its name. The first container that mounts an empty volume copies what its image has there into it, unless --opt nocopy was given. With --opt o=uid=…,gid=… its directory belongs to these ids of containers, and keeps them.',
    'A volume with --opt type=tmpfs is empty at the start of each container, and each has its own; with o=bind it stands for a directory of the host, which must be there when a container starts. What only root can mount is an error.',
  ],
  examples: [{ command: 'bryo volume create data', says: 'a named volume' }],
  async run(invocation) {
    const driver = invocation.text('driver') ?? 'local';
    if (driver !== 'local') {
      throw new BryoError('bad-flag-value', `volume driver ${driver} is not supported: only local`);
    }
    const name = createVolume(invocation.context.engine, {
      name: invocation.args[0] ?? null,
      labels: Object.fromEntries(invocation.texts('label').map(readPair)),
      options: Object.fromEntries(invocation.texts('opt').map(readPair)),
      ignore: invocation.flag('ignore'),
    });
    printLine(invocation.context, name);
    return 0;
  },
});
