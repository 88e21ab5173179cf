import { parseSize } from '../../../base/size.ts';
import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { readMountFlag, readTmpfsFlag, readVolumeFlag } from '../mount-flags.ts';

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
    help: 'mount a bind, volume or tmpfs: type=bind,source=/src,target=/dst,readonly',
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

/** Mounts and the root filesystem's mode. */
export function readFilesystem(
  invocation: Invocation,
): Pick<ContainerOptions, 'readOnly' | 'mounts' | 'shmSize' | 'shmSizeSystemd'> {
  const { text, texts, flag } = invocation;
  const systemd = text('shm-size-systemd');
  return {
    readOnly: flag('read-only') || flag('hardened'),
    mounts: [
      ...texts('volume').map(readVolumeFlag),
      ...texts('mount').map(readMountFlag),
      ...texts('tmpfs').map(readTmpfsFlag),
    ],
    shmSize: parseSize(text('shm-size') ?? '64m'),
    shmSizeSystemd: systemd === null ? null : parseSize(systemd),
  };
}
