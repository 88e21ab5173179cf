import { jsonText } from '../../base/text.ts';
import { dockerVersion } from '../../view/docker/names.ts';
import type { Invocation } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { apiVersion, goArch, version } from '../version.ts';

/** What podman's info and docker's have in common. */
export interface DockerFacts {
  cgroupManager: string;
  cgroupVersion: string;
  containers: { number: number; running: number; paused: number; stopped: number };
  cpus: number;
  distribution: string;
  driver: string;
  hostname: string;
  images: number;
  kernel: string;
  memory: number;
  root: string;
}

function infoObject(facts: DockerFacts) {
  return {
    ID: '',
    Containers: facts.containers.number,
    ContainersRunning: facts.containers.running,
    ContainersPaused: facts.containers.paused,
    ContainersStopped: facts.containers.stopped,
    Images: facts.images,
    Driver: facts.driver,
    CgroupDriver: facts.cgroupManager.startsWith('disabled') ? 'none' : facts.cgroupManager,
    CgroupVersion: facts.cgroupVersion.replace('v', ''),
    KernelVersion: facts.kernel,
    OperatingSystem: facts.distribution,
    OSType: 'linux',
    Architecture: { amd64: 'x86_64', arm64: 'aarch64' }[goArch()] ?? goArch(),
    NCPU: facts.cpus,
    MemTotal: facts.memory,
    DockerRootDir: facts.root,
    Name: facts.hostname,
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

/** `docker info`. */
export function printDockerInfo(invocation: Invocation, facts: DockerFacts): void {
  const { context } = invocation;
  const info = infoObject(facts);
  const format = invocation.text('format');
  if (format !== null) {
    const text =
      format === 'json' ? `${jsonText(info)}\n` : formatOne(format, info, context.dialect);
    context.stdout.write(text);
    return;
  }
  const { containers } = facts;
  context.stdout.write(
    [
      'Client:',
      ` Version:    ${dockerVersion}`,
      ' Context:    default',
      '',
      'Server:',
      ` Containers: ${containers.number}`,
      `  Running: ${containers.running}`,
      `  Paused: ${containers.paused}`,
      `  Stopped: ${containers.stopped}`,
      ` Images: ${facts.images}`,
      ` Server Version: ${dockerVersion} (bryo ${version})`,
      ` Storage Driver: ${facts.driver}`,
      ` Kernel Version: ${facts.kernel}`,
      ` Operating System: ${facts.distribution}`,
      ' OSType: linux',
      ` Architecture: ${info.Architecture}`,
      ` CPUs: ${facts.cpus}`,
      ` Name: ${facts.hostname}`,
      ` Docker Root Dir: ${facts.root}`,
      '',
    ].join('\n'),
  );
}

/** `docker version`. */
export function printDockerVersion(invocation: Invocation): void {
  const { context } = invocation;
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
  const format = invocation.text('format');
  if (format !== null) {
    const whole = { Client: client, Server: part };
    const text =
      format === 'json' ? `${jsonText(whole)}\n` : formatOne(format, whole, context.dialect);
    context.stdout.write(text);
    return;
  }
  const lines = (title: string) =>
    `${title}: bryo ${version}\n Version:           ${dockerVersion}\n API version:       ${apiVersion}\n OS/Arch:           linux/${goArch()}\n`;
  context.stdout.write(`${lines('Client')}\n${lines('Server')}`);
}
