import type { OciMount } from '../../plan/spec.ts';

/** Which namespaces are the host's, and what there is in them. */
export interface HostNamespaces {
  network: boolean;
  pid: boolean;
  ipc: boolean;
  cgroups: boolean;
  /** Whether the host shows its message queues (mq_overview(7)); not every machine does. */
  messageQueues: boolean;
}

export interface SystemMountOptions {
  host: HostNamespaces;
  /** Bytes of /dev/shm; null: it comes from another container, or there is none. */
  shmSize: number | null;
  /** Whether the user namespace maps gid 5 (tty), which owns terminals by convention. */
  ttyGroupMapped: boolean;
  /** --privileged: kernel settings are as writable as the kernel lets the user's namespace. */
  privileged: boolean;
  /** Further options of procfs. */
  procOptions: readonly string[];
  /** The container manages groups of its own below its group, as systemd does. */
  writableCgroups: boolean;
  /** Nothing can be made in /dev, and no memory shared there (--read-only-tmpfs=false). */
  readOnlyDev: boolean;
  /** Whether /sys/fs/cgroup is the unified hierarchy (cgroups(7)). */
  unifiedCgroups: boolean;
}

function bind(destination: string, options: string[]): OciMount {
  return { destination, type: 'bind', source: destination, options: ['rbind', ...options] };
}

/** A new sysfs shows the network namespace it belongs to and needs its owner's rights. */
function sysMount(options: SystemMountOptions): OciMount {
  const flags = ['nosuid', 'noexec', 'nodev', options.privileged ? 'rw' : 'ro'];
  if (options.host.network) return bind('/sys', flags);
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: flags };
}

function cgroupMount(options: SystemMountOptions): OciMount[] {
  // The host's /sys brings the host's groups with it.
  if (options.host.network && (options.host.cgroups || !options.unifiedCgroups)) return [];
  const writable = options.privileged || options.writableCgroups;
  const flags = ['nosuid', 'noexec', 'nodev', writable ? 'rw' : 'ro'];
  const destination = '/sys/fs/cgroup';
  // A hierarchy can be mounted only from a namespace of one's own.
  if (options.host.cgroups && options.unifiedCgroups) return [bind(destination, flags)];
  return options.unifiedCgroups
    ? [{ destination, type: 'cgroup', source: 'cgroup', options: flags }]
    : [{ destination, type: 'tmpfs', source: 'tmpfs', options: [...flags, 'size=0', 'mode=755'] }];
}

/** The filesystems every container has, besides its root (config-linux.md, "Default Filesystems"). */
export function systemMounts(options: SystemMountOptions): OciMount[] {
  const noSetuid = ['nosuid', 'noexec'];
  const devAccess = options.readOnlyDev ? ['ro'] : [];
  const ttyGroup = options.ttyGroupMapped ? ['gid=5'] : [];
  const pts = ['newinstance', 'ptmxmode=0666', 'mode=0620', ...ttyGroup];
  const shm: OciMount = options.host.ipc
    ? bind('/dev/shm', ['nosuid', 'noexec', 'nodev'])
    : {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: [...noSetuid, 'nodev', 'mode=1777', `size=${options.shmSize}`, ...devAccess],
      };
  const mqueue: OciMount = options.host.ipc
    ? bind('/dev/mqueue', ['nosuid', 'noexec', 'nodev'])
    : {
        destination: '/dev/mqueue',
        type: 'mqueue',
        source: 'mqueue',
        options: [...noSetuid, 'nodev'],
      };
  const hasQueues = !options.host.ipc || options.host.messageQueues;
  const proc: OciMount = options.host.pid
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
      options: ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k', ...devAccess],
    },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: [...noSetuid, ...pts] },
    ...(options.shmSize === null ? [] : [shm]),
    ...(hasQueues ? [mqueue] : []),
    sysMount(options),
    ...cgroupMount(options),
  ];
}
