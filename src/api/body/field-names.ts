import { BryoError } from '../../base/errors.ts';

/** The fields of Docker's API that say what flags of the command line say. */
const fields: Readonly<Record<string, string>> = {
  'add-host': 'HostConfig.ExtraHosts',
  'cap-add': 'HostConfig.CapAdd',
  'cap-drop': 'HostConfig.CapDrop',
  'cgroup-parent': 'HostConfig.CgroupParent',
  'cpu-period': 'HostConfig.CpuPeriod',
  'cpu-quota': 'HostConfig.CpuQuota',
  'cpu-shares': 'HostConfig.CpuShares',
  cpus: 'HostConfig.NanoCpus',
  'cpuset-cpus': 'HostConfig.CpusetCpus',
  device: 'HostConfig.Devices',
  dns: 'HostConfig.Dns',
  domainname: 'Domainname',
  entrypoint: 'Entrypoint',
  env: 'Env',
  expose: 'ExposedPorts',
  'group-add': 'HostConfig.GroupAdd',
  hostname: 'Hostname',
  init: 'HostConfig.Init',
  ip: 'NetworkingConfig.EndpointsConfig',
  ipc: 'HostConfig.IpcMode',
  'log-driver': 'HostConfig.LogConfig.Type',
  'mac-address': 'MacAddress',
  memory: 'HostConfig.Memory',
  'memory-swap': 'HostConfig.MemorySwap',
  mount: 'HostConfig.Mounts',
  name: 'name',
  network: 'HostConfig.NetworkMode',
  pid: 'HostConfig.PidMode',
  'pids-limit': 'HostConfig.PidsLimit',
  privileged: 'HostConfig.Privileged',
  publish: 'HostConfig.PortBindings',
  'publish-all': 'HostConfig.PublishAllPorts',
  'read-only': 'HostConfig.ReadonlyRootfs',
  restart: 'HostConfig.RestartPolicy',
  rm: 'HostConfig.AutoRemove',
  'security-opt': 'HostConfig.SecurityOpt',
  'shm-size': 'HostConfig.ShmSize',
  'stop-signal': 'StopSignal',
  sysctl: 'HostConfig.Sysctls',
  tmpfs: 'HostConfig.Tmpfs',
  ulimit: 'HostConfig.Ulimits',
  user: 'User',
  userns: 'HostConfig.UsernsMode',
  uts: 'HostConfig.UTSMode',
  volume: 'HostConfig.Binds',
  'volumes-from': 'HostConfig.VolumesFrom',
  workdir: 'WorkingDir',
};

/** The words of an error with names of fields in the places of flags: two origins of one thing. */
export function inFields(message: string): string {
  return message.replace(/--([a-z0-9][a-z0-9-]*)/g, (flag, name: string) => fields[name] ?? flag);
}

/** Runs a use case whose errors name flags; they name the fields of the API instead. */
export async function inFieldNames<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BryoError) || !/--[a-z0-9]/.test(error.message)) throw error;
    const { code, message, about, cause } = error;
    throw new BryoError(code, inFields(message), { cause, ...(about !== undefined && { about }) });
  }
}
