import { apiVersion, goArch, version } from '../../base/version.ts';
import type { SystemFacts } from '../../engine/system/facts.ts';
import { dockerVersion } from './names.ts';

/** The machine and the store as `docker info` shows them. */
export function dockerInfo(facts: SystemFacts) {
  const { containers, host, storage } = facts;
  const { name, version: release } = host.distribution;
  return {
    ID: '',
    Containers: containers.number,
    ContainersRunning: containers.running,
    ContainersPaused: containers.paused,
    ContainersStopped: containers.stopped,
    Images: facts.images,
    Driver: storage.choice.driver.name,
    CgroupDriver: facts.cgroups.manager.startsWith('disabled') ? 'none' : facts.cgroups.manager,
    CgroupVersion: host.cgroupVersion.replace('v', ''),
    KernelVersion: host.kernel,
    OperatingSystem: `${name} ${release}`,
    OSType: 'linux',
    Architecture: { amd64: 'x86_64', arm64: 'aarch64' }[goArch()] ?? goArch(),
    NCPU: host.cpus,
    MemTotal: host.memoryTotal,
    DockerRootDir: storage.store.root,
    Name: host.hostname,
    ServerVersion: dockerVersion,
    LoggingDriver: 'json-file',
    DefaultRuntime: 'bryo',
    Runtimes: { bryo: { path: process.execPath } },
    SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'],
    Swarm: { LocalNodeState: 'inactive' },
    ServerErrors: [],
    ClientInfo: { Debug: false, Context: 'default', Plugins: [], Warnings: null },
  };
}

/** The information of `docker info` as text. */
export function dockerInfoText(info: ReturnType<typeof dockerInfo>): string {
  return [
    'Client:',
    ` Version:    ${dockerVersion}`,
    ' Context:    default',
    '',
    'Server:',
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ` Server Version: ${dockerVersion} (bryo ${version})`,
    ` Storage Driver: ${info.Driver}`,
    ` Kernel Version: ${info.KernelVersion}`,
    ` Operating System: ${info.OperatingSystem}`,
    ' OSType: linux',
    ` Architecture: ${info.Architecture}`,
    ` CPUs: ${info.NCPU}`,
    ` Name: ${info.Name}`,
    ` Docker Root Dir: ${info.DockerRootDir}`,
    '',
  ].join('\n');
}

/** The versions of `docker version`: client and server are one program. */
export function dockerVersions() {
  const part = {
    Platform: { Name: `bryo ${version}` },
    Version: dockerVersion,
    APIVersion: apiVersion,
    ApiVersion: apiVersion,
    MinAPIVersion: '1.24',
    GoVersion: '',
    GitCommit: '',
    Os: 'linux',
    Arch: goArch(),
    BuildTime: '',
    Experimental: false,
  };
  const client = { ...part, DefaultAPIVersion: apiVersion, Context: 'default' };
  return { Client: client, Server: part };
}

/** The versions of `docker version` as text. */
export function dockerVersionText(): string {
  const lines = (title: string) =>
    `${title}: bryo ${version}\n Version:           ${dockerVersion}\n API version:       ${apiVersion}\n OS/Arch:           linux/${goArch()}\n`;
  return `${lines('Client')}\n${lines('Server')}`;
}
