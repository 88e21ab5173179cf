import { basename } from 'node:path';
import { isRootUser, resolveCapabilities, userCapabilities } from '../../container/capabilities.ts';
import { dependenciesOf } from '../../container/dependencies.ts';
import { shownImage } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import type { ContainerState } from '../../monitor/state.ts';
import { isHolder } from '../../pod/records.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { fileIn } from '../../store/container-files.ts';
import { driverByName } from '../../store/drivers/choose.ts';
import { layerStack } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';
import { errorText, exitCodeOf, stateName } from './describe.ts';
import { liveExecSessions } from './exec-sessions.ts';
import { configObject } from './inspect/config.ts';
import { healthState } from './inspect/health.ts';
import { hostConfigObject } from './inspect/host-config.ts';
import { mountViews } from './inspect/mounts.ts';
import { networkSettings } from './inspect/network.ts';
import { never, readSubject, type Subject } from './inspect/subject.ts';
import { logPath } from './start/monitor-input.ts';
import { isStoppedOnPurpose } from './start/restart-files.ts';
import { shownUser } from './start/userns.ts';

/** podman shows a runtime as it was named. */
function runtimeShown({ runtime, runtimeCall }: ContainerOptions): string {
  return runtimeCall?.name ?? basename(runtime ?? 'bryo');
}

function stateObject(state: ContainerState, stoppedByUser: boolean) {
  const startedAt = 'startedAt' in state ? state.startedAt : never;
  const running = state.status === 'running';
  return {
    OciVersion: '1.2.0',
    Status: stateName(state),
    Running: running,
    Paused: running && state.paused,
    Restarting: stateName(state) === 'restarting',
    OOMKilled: state.status === 'exited' && state.oomKilled,
    Dead: false,
    Pid: 'pid' in state ? state.pid : 0,
    StoppedByUser: stoppedByUser,
    ConmonPid: 'pid' in state ? state.monitorPid : 0,
    ExitCode: exitCodeOf(state),
    ExitKnown: state.status !== 'unknown',
    Error: errorText(state),
    StartedAt: startedAt,
    FinishedAt: state.status === 'exited' ? state.finishedAt : never,
    CgroupPath: 'pid' in state ? (state.cgroup ?? '') : '',
    CheckpointedAt: never,
    RestoredAt: never,
  };
}

/** Where the storage driver has the container's files. */
function graphDriver(engine: Engine, { record, directory, state }: Subject) {
  const { rootfs } = record;
  if (rootfs.kind !== 'image') return { Name: '', Data: null };
  if (driverByName(rootfs.driver).name === 'vfs') {
    return { Name: rootfs.driver, Data: null };
  }
  const layers = layerStack(engine.store, engine.idMap(), rootfs.layers);
  return {
    Name: rootfs.driver,
    Data: {
      LowerDir: layers.join(':'),
      // The root filesystem is mounted in the container's own mount namespace only.
      ...(state.status === 'running' && { MergedDir: `/proc/${state.pid}/root` }),
      UpperDir: fileIn(directory, 'upper'),
      WorkDir: fileIn(directory, 'work'),
    },
  };
}

/** A process that is not root has but those that were added. */
function capabilityLists(engine: Engine, { record }: Subject) {
  const bounding = resolveCapabilities(record.options.capAdd, record.options.capDrop).sort();
  const own = isRootUser(shownUser(engine, record))
    ? bounding
    : userCapabilities(record.options).sort();
  return { EffectiveCaps: own.length === 0 ? null : own, BoundingCaps: bounding };
}

/** A container as `podman inspect` shows it, with podman's names and types. */
export function inspectContainer(engine: Engine, nameOrId: string): Record<string, unknown> {
  const record = findRecord(engine.store, nameOrId);
  const subject = readSubject(engine, record);
  const { state, directory } = subject;
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const shown = shownImage(record);
  const [path = '', ...args] = record.args;
  return {
    Id: record.id,
    Created: record.createdAt,
    Path: path,
    Args: args,
    State: {
      ...stateObject(state, isStoppedOnPurpose(engine.store, record.id)),
      ...healthState(engine, record),
    },
    Image: shown?.id ?? '',
    ImageDigest: subject.image?.manifestDigest ?? '',
    ImageName: shown?.name ?? '',
    Rootfs: record.rootfs.kind === 'directory' ? record.rootfs.path : '',
    Pod: record.options.pod ?? '',
    ResolvConfPath: fileIn(directory, 'resolvConf'),
    HostnamePath: fileIn(directory, 'hostname'),
    HostsPath: fileIn(directory, 'hosts'),
    StaticDir: directory,
    LogPath: logPath(engine.store, record),
    OCIConfigPath: fileIn(directory, 'spec'),
    OCIRuntime: runtimeShown(record.options),
    ConmonPidFile: record.options.monitorPidFile ?? '',
    PidFile: record.options.pidFile ?? '',
    Name: record.name,
    RestartCount: 'restarts' in state ? state.restarts : 0,
    Driver: image?.driver ?? '',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ...capabilityLists(engine, subject),
    ExecIDs: state.status === 'running' ? liveExecSessions(engine.store, record.id) : [],
    GraphDriver: graphDriver(engine, subject),
    Mounts: mountViews(engine, subject),
    Dependencies: dependenciesOf(record),
    NetworkSettings: networkSettings(engine, subject),
    Namespace: '',
    IsInfra: isHolder(record),
    IsService: false,
    Config: configObject(engine, subject),
    HostConfig: hostConfigObject(engine, subject),
  };
}
