import type { IdMapping } from '../../../base/id-map.ts';
import { formatSize } from '../../../base/size.ts';
import { chooseManager } from '../../../cgroup/place.ts';
import { defaultCapabilities, resolveCapabilities } from '../../../container/capabilities.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import type { DeviceRequest } from '../../../request/devices.ts';
import type { ResourceLimits } from '../../../request/limits.ts';
import { namespaceText } from '../../../request/namespaces.ts';
import type { SecurityChoices } from '../../../request/security.ts';
import type { Engine } from '../../engine.ts';
import { cgroupParentOf } from '../pod-group.ts';
import { logPath } from '../start/monitor-input.ts';
import { decideInnerMap } from '../start/userns.ts';
import { bindWords, mountViews, tmpfsObject } from './mounts.ts';
import { portBindings } from './network.ts';
import { networkMode } from './network-mode.ts';
import type { Subject } from './subject.ts';

/** Limits of one kind as podman shows them; null: none. */
export function deviceLimits({ devices }: ResourceLimits, kind: string) {
  const fitting = devices.filter((limit) => limit.kind === kind);
  if (fitting.length === 0) return null;
  return fitting.map(({ device, value }) => ({ Path: device, Rate: value }));
}

/** Docker's names; 0 stands for no limit. */
function resourceObject(limits: ResourceLimits) {
  return {
    CpuShares: limits.cpuShares ?? 0,
    Memory: limits.memory ?? 0,
    NanoCpus:
      limits.cpuQuota === null ? 0 : (limits.cpuQuota / (limits.cpuPeriod ?? 100_000)) * 1e9,
    BlkioWeight: limits.blkioWeight ?? 0,
    BlkioWeightDevice: null,
    BlkioDeviceReadBps: deviceLimits(limits, 'rbps'),
    BlkioDeviceWriteBps: deviceLimits(limits, 'wbps'),
    BlkioDeviceReadIOps: deviceLimits(limits, 'riops'),
    BlkioDeviceWriteIOps: deviceLimits(limits, 'wiops'),
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    MemoryReservation: limits.memoryReservation ?? 0,
    MemorySwap: limits.memorySwap ?? 0,
    MemorySwappiness: 0,
    OomKillDisable: false,
    PidsLimit: Math.max(limits.pids ?? 0, 0),
    KernelMemory: 0,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    CgroupConf: Object.keys(limits.unified).length > 0 ? limits.unified : null,
  };
}

export function deviceObject({ source, target, permissions }: DeviceRequest) {
  return { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions };
}

export function securityWords(security: SecurityChoices): string[] {
  const { noNewPrivileges, seccomp, mask, unmask, procOptions } = security;
  return [
    ...(noNewPrivileges ? ['no-new-privileges'] : []),
    ...(seccomp === null ? [] : [`seccomp=${seccomp}`]),
    ...(mask.length > 0 ? [`mask=${mask.join(':')}`] : []),
    ...(unmask.length > 0 ? [`unmask=${unmask.join(':')}`] : []),
    ...(procOptions.length > 0 ? [`proc-opts=${procOptions.join(',')}`] : []),
  ];
}

/**
 * Differences from the capabilities that docker gives: podman tells its own defaults so. Without
 * flags these are the three that only docker has.
 */
function capabilityChanges({ capAdd, capDrop }: ContainerOptions) {
  const docker = [...defaultCapabilities, 'CAP_AUDIT_WRITE', 'CAP_MKNOD', 'CAP_NET_RAW'];
  const own = resolveCapabilities(capAdd, capDrop);
  return {
    CapAdd: own.filter((name) => !docker.includes(name)).sort(),
    CapDrop: docker.filter((name) => !own.includes(name)).sort(),
  };
}

function innerMap(engine: Engine, { record }: Subject) {
  try {
    return decideInnerMap(engine, record);
  } catch {
    // The caller has lost ids since: it cannot be started, but looked at.
    return null;
  }
}

/** The mapping of a user namespace of its own, relative to the store's; undefined: a template may ask. */
function idMappings(engine: Engine, subject: Subject) {
  const map = innerMap(engine, subject);
  const lines = (mappings: readonly IdMapping[]): string[] =>
    mappings.map(({ containerId, hostId, size }) => `${containerId}:${hostId}:${size}`);
  return map === null ? undefined : { UidMap: lines(map.uids), GidMap: lines(map.gids) };
}

/** The limits of its last start or, before the first one, those that were asked for. */
function limitObjects({ record, spec }: Subject) {
  const asked = record.options.ulimits.map(({ name, soft, hard }) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft,
    hard,
  }));
  const limits = spec === null ? asked : spec.process.rlimits;
  return limits.map(({ type, soft, hard }) => ({ Name: type, Soft: soft, Hard: hard }));
}

/** The maker of its control group: the one that it was made with, or that its next start chooses. */
function managerOf({ cgroupManager }: Engine, record: Subject['record']): string {
  const wanted = record.cgroupManager ?? cgroupManager;
  if (wanted === 'disabled') return wanted;
  const choice = chooseManager(wanted);
  return choice.manager === 'none' ? '' : choice.manager;
}

/** Annotations, with those by which podman notes some of its flags; null: there are none. */
function annotationsOf({ options }: Subject['record']): Record<string, string> | null {
  const noted: [string, boolean][] = [
    ['autoremove', options.remove],
    ['autoremove-image', options.removeImage === true],
    ['init', options.init],
    ['privileged', options.security.privileged],
  ];
  const found = {
    ...options.annotations,
    ...Object.fromEntries(
      noted.filter(([, on]) => on).map(([name]) => [`io.podman.annotations.${name}`, 'TRUE']),
    ),
  };
  return Object.keys(found).length === 0 ? null : found;
}

/** How it is run, as podman shows it in HostConfig. */
export function hostConfigObject(engine: Engine, subject: Subject) {
  const { record } = subject;
  const { options } = record;
  return {
    Binds: bindWords(mountViews(engine, subject)),
    CgroupManager: managerOf(engine, record),
    CgroupMode: namespaceText(options.cgroupns),
    Annotations: annotationsOf(record),
    ContainerIDFile: '',
    LogConfig: {
      Type: options.log.driver,
      Config: null,
      Path: logPath(engine.store, record),
      Tag: '',
      Size: formatSize(options.log.maxSize),
      Files: options.log.maxFiles,
    },
    NetworkMode: networkMode(options),
    // Not podman's: only containers that have a policy have the field.
    ...(options.egress !== undefined && { Egress: options.egress }),
    PortBindings: portBindings(subject),
    RestartPolicy: {
      Name: options.restart.policy,
      MaximumRetryCount: options.restart.max,
    },
    AutoRemove: options.remove,
    AutoRemoveImage: options.removeImage === true,
    VolumeDriver: '',
    VolumesFrom: null,
    ...capabilityChanges(options),
    Dns: options.dns,
    DnsOptions: options.dnsOptions,
    DnsSearch: options.dnsSearch,
    ExtraHosts: options.addHosts.map(({ host, address }) => `${host}:${address}`),
    GroupAdd: options.groupAdd,
    IpcMode: namespaceText(options.ipc),
    Cgroup: '',
    Cgroups: options.cgroups === 'enabled' ? 'default' : options.cgroups,
    Links: null,
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: namespaceText(options.pid),
    Privileged: options.security.privileged,
    PublishAllPorts: false,
    ReadonlyRootfs: options.readOnly,
    SecurityOpt: securityWords(options.security),
    Tmpfs: tmpfsObject(subject),
    UTSMode: namespaceText(options.uts),
    IDMappings: idMappings(engine, subject),
    UsernsMode: options.userns.mode === 'host' ? '' : 'private',
    ShmSize: options.shmSize,
    Runtime: 'oci',
    ConsoleSize: [0, 0],
    Isolation: '',
    CgroupParent: cgroupParentOf(engine, record) ?? '',
    Devices: options.devices.map(deviceObject),
    DiskQuota: 0,
    Init: options.init,
    Ulimits: limitObjects(subject),
    ...resourceObject(options.resources),
  };
}
