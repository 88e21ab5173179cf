import { BryoError } from '../../../base/errors.ts';

/** The fields of podman's API (SpecGenerator) that say what flags of the command line say. */
const fields: Readonly<Record<string, string>> = {
  'add-host': 'hostadd',
  'cap-add': 'cap_add',
  'cap-drop': 'cap_drop',
  'cgroup-parent': 'cgroup_parent',
  cgroups: 'cgroups_mode',
  cgroupns: 'cgroupns',
  'cpu-period': 'resource_limits.cpu.period',
  'cpu-quota': 'resource_limits.cpu.quota',
  'cpu-shares': 'resource_limits.cpu.shares',
  cpus: 'resource_limits.cpu.quota',
  'cpuset-cpus': 'resource_limits.cpu.cpus',
  device: 'devices',
  dns: 'dns_server',
  'dns-option': 'dns_option',
  'dns-search': 'dns_search',
  domainname: 'domainname',
  entrypoint: 'entrypoint',
  env: 'env',
  expose: 'expose',
  'group-add': 'groups',
  'hosts-file': 'base_hosts_file',
  hostname: 'hostname',
  init: 'init',
  ipc: 'ipcns',
  'log-driver': 'log_configuration.driver',
  memory: 'resource_limits.memory.limit',
  'memory-swap': 'resource_limits.memory.swap',
  mount: 'mounts',
  name: 'name',
  network: 'netns',
  'no-hosts': 'use_image_hosts',
  passwd: 'manage_password',
  'passwd-entry': 'passwd_entry',
  pid: 'pidns',
  'pids-limit': 'resource_limits.pids.limit',
  pod: 'pod',
  privileged: 'privileged',
  publish: 'portmappings',
  'publish-all': 'publish_image_ports',
  'read-only': 'read_only_filesystem',
  requires: 'dependencyContainers',
  restart: 'restart_policy',
  rm: 'remove',
  secret: 'secrets',
  'security-opt': 'seccomp_profile_path',
  'shm-size': 'shm_size',
  'stop-signal': 'stop_signal',
  sysctl: 'sysctl',
  systemd: 'systemd',
  tmpfs: 'mounts',
  ulimit: 'r_limits',
  user: 'user',
  userns: 'userns',
  uts: 'utsns',
  volume: 'volumes',
  'volumes-from': 'volumes_from',
  workdir: 'work_dir',
};

/** The words of an error with names of fields in the places of flags: two origins of one thing. */
export function inSpecFields(message: string): string {
  return message.replace(/--([a-z0-9][a-z0-9-]*)/g, (flag, name: string) => fields[name] ?? flag);
}

/** Runs a use case whose errors name flags; they name the fields of a SpecGenerator instead. */
export async function inSpecFieldNames<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BryoError) || !/--[a-z0-9]/.test(error.message)) throw error;
    const { code, message, about, hint, cause } = error;
    throw new BryoError(code, inSpecFields(message), {
      cause,
      ...(about !== undefined && { about }),
      ...(hint !== undefined && { hint }),
    });
  }
}
