import { join } from 'node:path';
import { signalName } from '../base/signals.ts';
import type { ResourceLimits } from '../cgroup/limits.ts';
import type { ContainerRecord } from '../container/record.ts';
import { findRecord } from '../container/records.ts';
import { findImage, type ResolvedImage } from '../image/resolve.ts';
import type { ContainerState } from '../monitor/state.ts';
import { readContainerState } from '../monitor/state.ts';
import { storePaths } from '../store/paths.ts';
import { volumeDataPath } from '../volume/volume.ts';
import { endText, exitCodeOf, stateName } from './describe.ts';
import type { Engine } from './engine.ts';
import { readPorts } from './ports.ts';
import { logPath } from './start/monitor-input.ts';

/** The zero of Go's times, which docker's JSON has where nothing happened yet. */
const never = '0001-01-01T00:00:00Z';

function stateObject(state: ContainerState) {
  const startedAt = 'startedAt' in state ? state.startedAt : never;
  const running = state.status === 'running';
  return {
    Status: stateName(state),
    Running: running,
    Paused: running && state.paused,
    Restarting: stateName(state) === 'restarting',
    OOMKilled: state.status === 'exited' && state.oomKilled,
    Dead: false,
    Pid: running ? state.pid : 0,
    ConmonPid: running ? state.monitorPid : 0,
    CgroupPath: running ? (state.cgroup ?? '') : '',
    ExitCode: exitCodeOf(state),
    ExitKnown: state.status !== 'unknown',
    Error: endText(state),
    StartedAt: startedAt,
    FinishedAt: state.status === 'exited' ? state.finishedAt : never,
  };
}

function mountObjects(engine: Engine, record: ContainerRecord) {
  const volumes = record.volumes.map(({ name, target }) => ({
    Type: 'volume',
    Name: name,
    Source: volumeDataPath(engine.store, name),
    Destination: target,
    RW: !record.options.mounts.some(
      (m) => m.target === target && m.kind === 'volume' && m.readOnly,
    ),
  }));
  const others = record.options.mounts.flatMap((mount) => {
    if (mount.kind === 'volume') return [];
    const source = mount.kind === 'bind' ? mount.source : '';
    const rw = mount.kind === 'bind' ? !mount.readOnly : !mount.options.includes('ro');
    return [{ Type: mount.kind, Name: '', Source: source, Destination: mount.target, RW: rw }];
  });
  return [...others, ...volumes];
}

function portObject(engine: Engine, record: ContainerRecord) {
  const ports: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of readPorts(engine.store, record.id)) {
    const key = `${port.containerPort}/${port.protocol}`;
    ports[key] = [...(ports[key] ?? []), { HostIp: port.hostIp, HostPort: String(port.hostPort) }];
  }
  return ports;
}

/** Docker's names; 0 stands for no limit. */
function resourceObject(limits: ResourceLimits) {
  return {
    Memory: limits.memory ?? 0,
    MemorySwap: limits.memorySwap ?? 0,
    MemoryReservation: limits.memoryReservation ?? 0,
    NanoCpus:
      limits.cpuQuota === null ? 0 : (limits.cpuQuota / (limits.cpuPeriod ?? 100_000)) * 1e9,
    CpuShares: limits.cpuShares ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    PidsLimit: limits.pids ?? 0,
    BlkioWeight: limits.blkioWeight ?? 0,
    CgroupConf: limits.unified,
  };
}

function networkMode({ network }: ContainerRecord['options']): string {
  return network.mode === 'container' ? `container:${network.container}` : network.mode;
}

/** A container as `podman inspect` shows it: the fields that scripts read. */
export function inspectContainer(engine: Engine, nameOrId: string): Record<string, unknown> {
  const record = findRecord(engine.store, nameOrId);
  const { options } = record;
  const directory = storePaths.container(engine.store, record.id);
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const [path = '', ...args] = record.args;
  const state = readContainerState(engine.store, record.id);
  return {
    Id: record.id,
    Created: record.createdAt,
    Path: path,
    Args: args,
    State: stateObject(state),
    RestartCount: 'restarts' in state ? state.restarts : 0,
    Image: image?.imageId ?? '',
    ImageName: image?.imageName ?? '',
    Rootfs: record.rootfs.kind === 'directory' ? record.rootfs.path : '',
    Name: record.name,
    Driver: image?.driver ?? '',
    ResolvConfPath: join(directory, 'resolv.conf'),
    HostnamePath: join(directory, 'hostname'),
    HostsPath: join(directory, 'hosts'),
    OCIConfigPath: join(directory, 'config.json'),
    LogPath: logPath(engine.store, record),
    Mounts: mountObjects(engine, record),
    Config: {
      Hostname: options.hostname ?? record.id.slice(0, 12),
      User: record.user,
      Tty: options.tty,
      OpenStdin: options.interactive,
      Env: [...record.imageEnv, ...Object.entries(options.env).map(([k, v]) => `${k}=${v}`)],
      Cmd: record.args.slice(record.entrypoint.length),
      Entrypoint: record.entrypoint,
      Image: image?.imageName ?? '',
      WorkingDir: record.workdir,
      Labels: record.labels,
      Annotations: options.annotations,
      StopSignal: signalName(record.stopSignal),
      StopTimeout: options.stopTimeout,
      Timeout: options.timeout,
      Umask: `0${options.umask.toString(8).padStart(3, '0')}`,
    },
    HostConfig: {
      AutoRemove: options.remove,
      RestartPolicy: { Name: options.restart.policy, MaximumRetryCount: options.restart.max },
      NetworkMode: networkMode(options),
      ReadonlyRootfs: options.readOnly,
      CapAdd: options.capAdd,
      CapDrop: options.capDrop,
      ShmSize: options.shmSize,
      UsernsMode: options.userns.mode,
      PidMode: options.pid,
      IpcMode: options.ipc,
      UTSMode: options.uts,
      Init: options.init,
      CgroupManager: engine.cgroupManager ?? '',
      CgroupMode: options.cgroupns,
      Cgroups: options.cgroups,
      CgroupParent: options.cgroupParent ?? '',
      OomScoreAdj: options.oomScoreAdj ?? 0,
      ...resourceObject(options.resources),
      Dns: options.dns,
      LogConfig: {
        Type: options.log.driver,
        Size: options.log.maxSize,
        Files: options.log.maxFiles,
      },
      Ulimits: options.ulimits.map(({ name, soft, hard }) => ({
        Name: name,
        Soft: soft,
        Hard: hard,
      })),
    },
    NetworkSettings: { Ports: portObject(engine, record) },
  };
}

/** An image as `podman image inspect` shows it. */
export function describeImage(image: ResolvedImage): Record<string, unknown> {
  const { config } = image.config;
  return {
    Id: image.id,
    Digest: image.manifestDigest,
    RepoTags: image.names,
    RepoDigests: image.names.map(
      (name) => `${name.replace(/:[^:/]*$/, '')}@${image.manifestDigest}`,
    ),
    Created: image.config.created ?? never,
    Author: image.config.author,
    Architecture: image.config.architecture,
    Os: image.config.os,
    Size: image.manifest.layers.reduce((sum, { size }) => sum + size, 0),
    Config: {
      User: config.user,
      Env: config.env,
      Entrypoint: config.entrypoint,
      Cmd: config.cmd,
      WorkingDir: config.workingDir,
      Labels: config.labels,
      StopSignal: config.stopSignal,
      ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])),
      Volumes: Object.fromEntries(config.volumes.map((path) => [path, {}])),
    },
    Labels: config.labels,
    RootFS: { Type: 'layers', Layers: image.config.diffIds },
    History: image.config.history.map((entry) => ({
      created: entry.created,
      created_by: entry.createdBy,
      comment: entry.comment,
      empty_layer: entry.emptyLayer,
    })),
    ManifestType: image.manifest.mediaType,
  };
}

/** An image of the store for inspection; null when there is none of that name. */
export function inspectImage(engine: Engine, name: string): Record<string, unknown> | null {
  const image = findImage(engine.store, name);
  return image === null ? null : describeImage(image);
}
