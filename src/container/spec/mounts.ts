import type { OciMount } from '../../plan/spec.ts';

export interface SystemMountOptions {
  hostNetwork: boolean;
  hostPid: boolean;
  hostIpc: boolean;
  /** Whether the host shows its message queues (mq_overview(7)); not every machine does. */
  hostMessageQueues: boolean;
  /** /dev/shm comes from another container, or there is none. */
  sharedMemory: boolean;
  noSharedMemory: boolean;
  hostCgroups: boolean;
  /** Bytes of /dev/shm. */
  shmSize: number;
  /** Whether the user namespace maps gid 5 (tty), which owns terminals by convention. */
  ttyGroupMapped: boolean;
  /** --privileged: kernel settings are as writable as the kernel lets the user's namespace. */
  privileged: boolean;
  /** Further options of procfs. */
  procOptions: readonly string[];
  /** The container manages groups of its own below its group, as systemd does. */
  writableCgroups: boolean;
  /** Whether /sys/fs/cgroup is the unified hierarchy (cgroups(7)). */
  unifiedCgroups: boolean;
}

function bind(destination: string, options: string[]): OciMount {
  return { destination, type: 'bind', source: destination, options: ['rbind', ...options] };
}

/** A new sysfs shows the network namespace it belongs to and needs its owner's rights. */
function sysMount(options: SystemMountOptions): OciMount {
  const flags = ['nosuid', 'noexec', 'nodev', options.privileged ? 'rw' : 'ro'];
  if (options.hostNetwork) return bind('/sys', flags);
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: flags };
}

function cgroupMount(options: SystemMountOptions): OciMount[] {
  if (options.hostNetwork) return [];
  const writable = options.privileged || options.writableCgroups;
  const flags = ['nosuid', 'noexec', 'nodev', writable ? 'rw' : 'ro'];
  const destination = '/sys/fs/cgroup';
  // A hierarchy can be mounted only from a namespace of one's own.
  if (options.hostCgroups && options.unifiedCgroups) return [bind(destination, flags)];
  return options.unifiedCgroups
    ? [{ destination, type: 'cgroup', source: 'cgroup', options: flags }]
    : [{ destination, type: 'tmpfs', source: 'tmpfs', options: [...flags, 'size=0', 'mode=755'] }];
}

/** The filesystems every container has, besides its root (config-linux.md, "Default Filesystems"). */
export function systemMounts(options: SystemMountOptions): OciMount[] {
  const noSetuid = ['nosuid', 'noexec'];
  const ttyGroup = options.ttyGroupMapped ? ['gid=5'] : [];
  const pts = ['newinstance', 'ptmxmode=0666', 'mode=0620', ...ttyGroup];
  const shm: OciMount = options.hostIpc
    ? bind('/dev/shm', ['nosuid', 'noexec', 'nodev'])
    : {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: [...noSetuid, 'nodev', 'mode=1777', `size=${options.shmSize}`],
      };
  const mqueue: OciMount = options.hostIpc
    ? bind('/dev/mqueue', ['nosuid', 'noexec', 'nodev'])
    : {
        destination: '/dev/mqueue',
        type: 'mqueue',
        source: 'mqueue',
        options: [...noSetuid, 'nodev'],
      };
  const hasQueues = !options.hostIpc || options.hostMessageQueues;
  const proc: OciMount = options.hostPid
    ? bind('/proc', ['nosuid', 'noexec', 'nodev'])
    : {
        destination: '/proc',
        type: 'proc',
        source: 'proc',
        options: [...noSetuid, 'nodev', ...options.procOptions],
      };
  return [
    proc,
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k'],
    },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: [...noSetuid, ...pts] },
    ...(options.sharedMemory || options.noSharedMemory ? [] : [shm]),
    ...(hasQueues ? [mqueue] : []),
    sysMount(options),
    ...cgroupMount(options),
  ];
}
