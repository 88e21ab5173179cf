import { posix } from 'node:path';
import type { OciMount } from '../../plan/spec.ts';
import type { ContainerRecord } from '../record.ts';

const initPrograms = ['/sbin/init', '/usr/sbin/init', '/usr/local/sbin/init'];

/** SIGRTMIN+3: systemd halts (systemd(1), "Signals"). */
export const systemdStopSignal = 37;

/** Whether the container is made for systemd as its first process (podman-run(1), --systemd). */
export function runsSystemd({ options, args }: Pick<ContainerRecord, 'options' | 'args'>): boolean {
  if (options.systemd !== 'true') return options.systemd === 'always';
  const [program = ''] = args;
  if (options.init) return false;
  return initPrograms.includes(program) || posix.basename(program) === 'systemd';
}

/** Filesystems that systemd expects to be able to write to. `size`: bytes of each; null: the kernel's default. */
export function systemdMounts(size: number | null, taken: ReadonlySet<string>): OciMount[] {
  const limit = size === null ? [] : [`size=${size}`];
  return [
    { destination: '/run', options: ['nosuid', 'nodev', 'mode=755', 'tmpcopyup', ...limit] },
    { destination: '/run/lock', options: ['nosuid', 'nodev', 'noexec', 'mode=755', ...limit] },
    { destination: '/tmp', options: ['nosuid', 'nodev', 'mode=1777', 'tmpcopyup', ...limit] },
    {
      destination: '/var/log/journal',
      options: ['nosuid', 'nodev', 'noexec', 'mode=755', ...limit],
    },
  ]
    .filter(({ destination }) => !taken.has(destination))
    .map((mount) => ({ ...mount, type: 'tmpfs', source: 'tmpfs' }));
}
