import { parseSize } from '../../../base/size.ts';
import { findFiles } from '../../../engine/containers/find-files.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { readMountFlag } from '../../../request/mounts/mount-flag.ts';
import { withoutRepeats } from '../../../request/mounts/repeats.ts';
import {
  readTmpfsFlag,
  readVolumeFlag,
  readVolumesFrom,
} from '../../../request/mounts/volume-flag.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about files and mounts. */
export const filesystemOptions: readonly OptionSpec[] = [
  {
    name: 'volume',
    short: 'v',
    value: 'SOURCE:TARGET[:OPTIONS]',
    repeat: true,
    help: 'mount a host directory or file (a path) or a volume (a name)',
  },
  {
    name: 'mount',
    value: 'KEY=VALUE,...',
    repeat: true,
    help: 'mount a bind, volume, tmpfs, image, glob, ramfs or devpts: type=bind,source=/src,target=/dst,readonly',
  },
  {
    name: 'volumes-from',
    value: 'CONTAINER[:OPTIONS]',
    repeat: true,
    help: 'mount what another container mounts: its host directories and volumes; ro for reading only',
  },
  {
    name: 'image-volume',
    value: 'KIND',
    default: 'bind',
    choices: ['bind', 'tmpfs', 'ignore'],
    help: 'what volumes of the image become: anonymous volumes (bind), tmpfs, or nothing (ignore)',
  },
  { name: 'tmpfs', value: 'TARGET[:OPTIONS]', repeat: true, help: 'mount a temporary filesystem' },
  {
    name: 'read-only',
    help: 'make the root filesystem read-only; /run, /tmp and /var/tmp become tmpfs',
  },
  {
    name: 'rootfs',
    help: 'the first argument is a directory to use as root filesystem, not an image',
  },
  { name: 'shm-size', value: 'SIZE', default: '64m', help: 'size of /dev/shm; 0: no limit' },
  {
    name: 'shm-size-systemd',
    value: 'SIZE',
    help: 'size of each tmpfs that is made for systemd: /run, /run/lock, /tmp, /var/log/journal',
  },
];

function readImageVolume(text: string): ContainerOptions['imageVolume'] {
  if (text === 'bind' || text === 'tmpfs' || text === 'ignore') return text;
  if (text === 'anonymous') return 'bind';
  throw badValue('--image-volume', text, 'bind, tmpfs or ignore');
}

/** Mounts and the root filesystem's mode. */
export function readFilesystem(
  invocation: Invocation,
): Pick<
  ContainerOptions,
  'readOnly' | 'mounts' | 'shmSize' | 'shmSizeSystemd' | 'volumesFrom' | 'imageVolume'
> {
  const { text, texts, flag } = invocation;
  const systemd = text('shm-size-systemd');
  return {
    readOnly: flag('read-only') || flag('hardened'),
    mounts: withoutRepeats([
      ...texts('volume').map(readVolumeFlag),
      ...texts('mount').flatMap((words) => readMountFlag(words, findFiles)),
      ...texts('tmpfs').map(readTmpfsFlag),
    ]),
    volumesFrom: texts('volumes-from').map(readVolumesFrom),
    imageVolume: readImageVolume(text('image-volume') ?? 'bind'),
    shmSize: parseSize(text('shm-size') ?? '64m'),
    shmSizeSystemd: systemd === null ? null : parseSize(systemd),
  };
}
