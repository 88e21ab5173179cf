import { BryoError } from '../../base/errors.ts';
import { createVolume, volumeDrivers } from '../../engine/volumes/create.ts';
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
      choices: volumeDrivers,
      help: 'local, or image: it begins with the files of the image that --opt image=NAME names',
    },
    { name: 'ignore', help: 'a volume that exists already is no error' },
    {
      name: 'opt',
      short: 'o',
      value: 'KEY[=VALUE]',
      repeat: true,
      help: 'o=uid=…,gid=… for its owner, nocopy; or what to mount in its place: type=tmpfs with o=size=…,mode=…, or device=DIRECTORY with o=bind; with the driver image, image=NAME',
    },
    { name: 'label', short: 'l', value: 'KEY=VALUE', repeat: true, help: 'set a label' },
  ],
  description: [
    'Makes a volume, under a random name unless one is given, and prints its name. The first container that mounts an empty volume copies what its image has there into it, unless --opt nocopy was given. With --opt o=uid=…,gid=… its directory belongs to these ids of containers, and keeps them.',
    'A volume with --opt type=tmpfs is empty at the start of each container, and each has its own; with o=bind it stands for a directory of the host, which must be there when a container starts. What only root can mount is an error.',
    "A volume of the driver image gets a copy of that image's files when it is made; it may be written to, and the image may go.",
  ],
  examples: [{ command: 'bryo volume create data', says: 'a named volume' }],
  async run(invocation) {
    const wanted = invocation.text('driver') ?? 'local';
    const driver = volumeDrivers.find((known) => known === wanted);
    if (driver === undefined) {
      throw new BryoError(
        'bad-flag-value',
        `volume driver ${wanted} is not supported: only ${volumeDrivers.join(' and ')}`,
      );
    }
    const name = await createVolume(invocation.context.engine, {
      name: invocation.args[0] ?? null,
      driver,
      labels: Object.fromEntries(invocation.texts('label').map(readPair)),
      options: Object.fromEntries(invocation.texts('opt').map(readPair)),
      ignore: invocation.flag('ignore'),
    });
    printLine(invocation.context, name);
    return 0;
  },
});
