import { maskedPaths, readonlyPaths } from '../container/spec/paths.ts';
import { names } from '../contract/names.ts';
import { specVersion } from './spec-version.ts';

function mounts(rootless: boolean) {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  const ttyGroup = rootless ? [] : ['gid=5'];
  const cgroup = {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: [...quiet, 'relatime', 'ro'],
  };
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...ttyGroup],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...quiet, 'mode=1777', 'size=65536k'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet },
    // Without a network namespace of its own a container cannot have a sysfs of its own.
    rootless
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...quiet, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] },
    cgroup,
  ];
}

/** The few that runc's has: what people build on it adds those that it needs. */
const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

/** The configuration that `spec` writes: a shell in ./rootfs. */
export function specTemplate(rootless: boolean, ids: { uid: number; gid: number }) {
  const map = (hostID: number) => [{ containerID: 0, hostID, size: 1 }];
  const types = ['pid', 'ipc', 'uts', 'mount', 'cgroup', rootless ? 'user' : 'network'];
  return {
    ociVersion: specVersion,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: [`PATH=${names.defaultPath}`, 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'bryo',
    mounts: mounts(rootless),
    linux: {
      ...(rootless && { uidMappings: map(ids.uid), gidMappings: map(ids.gid) }),
      namespaces: types.map((type) => ({ type })),
      maskedPaths,
      readonlyPaths,
    },
  };
}
