import {
  closeSync,
  constants,
  openSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { hasUnifiedCgroups } from '../cgroup/hierarchy.ts';
import type { Placement } from '../cgroup/place.ts';
import { removeGroup } from '../cgroup/remove.ts';
import { launch } from '../monitor/launch.ts';
import { addon } from '../native/addon.ts';
import type { InheritedDescriptors } from '../native/inherited-fds.ts';
import { bootId, processStartTicks } from '../native/processes.ts';
import { callerEntry, mayFilterDevices, mayMakeNodes } from '../native/user.ts';
import { compilePlan } from '../plan/compile.ts';
import { encodePlan } from '../plan/encode.ts';
import { launchError } from '../plan/failure.ts';
import type { SeccompInput } from '../plan/launch-input.ts';
import type { OciSpec } from '../plan/spec.ts';
import { filtersDevices, planBundleGroup, type RuntimeManager } from './cgroup.ts';
import { type ConfigPlace, type RuntimeConfig, readConfig } from './config.ts';
import { mergeEnv } from './environment.ts';
import { type LaunchMode, launchInput, streamMonitor } from './launch-input.ts';
import { moveNetDevices } from './net-devices.ts';
import { addNotifySocket } from './notify.ts';
import {
  claimId,
  containerDirectory,
  forgetContainer,
  type RuntimeRecord,
  type RuntimeRoot,
  startFifo,
  writeRecord,
} from './state.ts';

export interface CreateRequest {
  id: string;
  bundle: string;
  /** Name of the configuration in the bundle, or an absolute path. */
  configFile: string;
  pidFile: string | null;
  consoleSocket: string | null;
  inherited: InheritedDescriptors;
  /** Cover the old root filesystem instead of giving it up. */
  noPivot: boolean;
  /** Stay in the caller's session keyring. */
  noNewKeyring: boolean;
  cgroupManager: RuntimeManager;
  trace: Trace;
}

/** Hears of what is done, for those who look for a mistake. */
export type Trace = (message: string) => void;

function resolveBundle(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new BryoError('no-bundle', `bundle ${JSON.stringify(path)} cannot be read`, { cause });
  }
}

function checkRootfs(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new BryoError('bad-config', `root.path ${JSON.stringify(path)} is not a directory`);
}

function newRecord(request: CreateRequest, bundle: string, config: RuntimeConfig): RuntimeRecord {
  return {
    id: request.id,
    ociVersion: config.spec.ociVersion,
    bundle,
    rootfs: config.spec.root.path,
    created: new Date().toISOString(),
    owner: callerEntry()?.name ?? '',
    annotations: config.spec.annotations,
    cgroup: null,
    process: null,
    started: false,
  };
}

export function checkTerminal(
  config: RuntimeConfig,
  request: CreateRequest,
  leaves: boolean,
): void {
  const { terminal } = config.spec.process;
  if (terminal && leaves && request.consoleSocket === null) {
    throw new BryoError('usage', 'a terminal needs --console-socket when nobody stays with it');
  }
  if (!terminal && request.consoleSocket !== null) {
    throw new BryoError('usage', '--console-socket needs "terminal": true in config.json');
  }
}

/** SECCOMP_FILTER_FLAG_TSYNC, which says nothing where there is one thread, and _NEW_LISTENER. */
const [allThreads, newListener] = [1, 8];

function keptConfig(root: RuntimeRoot, id: string): string {
  return join(containerDirectory(root, id), 'config.json');
}

function configPlace(
  root: RuntimeRoot,
  { id, bundle, filters }: { id: string; bundle: string; filters: boolean },
): ConfigPlace {
  return {
    bundle,
    unifiedCgroups: hasUnifiedCgroups(),
    makesNodes: mayMakeNodes(),
    filtersDevices: filters,
    seccompPath: join(containerDirectory(root, id), 'seccomp'),
  };
}

/** The flags by which a filter is loaded (seccomp(2)): those of one with a listener have its own among them. */
export function traceSeccomp(trace: Trace, seccomp: SeccompInput | null): void {
  if (seccomp === null) return;
  const { flags, listener } = seccomp;
  const loading = (flags & ~allThreads) | (listener === null ? 0 : newListener);
  trace(`seccomp filter flags: ${loading}`);
}

/** A container that has been made. */
export interface Launched {
  record: RuntimeRecord;
  config: RuntimeConfig;
  client: number | null;
}

/** Makes a container of a bundle; its process waits until it is released. */
export async function launchBundle(
  root: RuntimeRoot,
  request: CreateRequest,
  mode: (config: RuntimeConfig) => Pick<LaunchMode, 'monitor' | 'handover'> & { attached: boolean },
): Promise<Launched> {
  const bundle = resolveBundle(request.bundle);
  const config = readConfig(
    resolve(bundle, request.configFile),
    configPlace(root, { id: request.id, bundle, filters: filtersDevices(request.cgroupManager) }),
  );
  checkRootfs(config.spec.root.path);
  claimId(root, request.id);
  try {
    const record = newRecord(request, bundle, config);
    writeRecord(root, record);
    writeFileSync(keptConfig(root, request.id), config.text, { mode: 0o600 });
    const { attached, ...how } = mode(config);
    const fifo = startFifo(root, request.id);
    addon().mkfifo(fifo);
    const { inherited, noPivot, noNewKeyring } = request;
    const plannedGroup = planBundleGroup(request.id, config, request.cgroupManager);
    let cgroup: string | null = null;
    const place: Placement | null =
      plannedGroup === null
        ? null
        : (pid, announce) => {
            cgroup = plannedGroup(pid, announce);
            return cgroup;
          };
    addNotifySocket(root, request.id, config.spec);
    const { process: payload } = config.spec;
    payload.env = mergeEnv([...payload.env, ...inherited.env]);
    const input = launchInput(config, record, {
      ...how,
      startFifo: fifo,
      preservedFds: inherited.fds,
      noPivot,
      noNewKeyring,
      cgroup: place === null ? null : { remove: how.handover === null },
    });
    const plan = compilePlan(config.spec, input);
    traceSeccomp(request.trace, input.process.seccomp);
    request.trace(`launching a plan of ${plan.length} records`);
    const pair = attached ? addon().seqpacketPair() : null;
    const client = pair === null ? null : pair[1];
    const result = await launch(encodePlan(plan), { client, preserved: inherited.fds, place });
    if (result.kind === 'failed') {
      if (pair !== null) closeSync(pair[0]);
      if (cgroup !== null) removeGroup(cgroup);
      throw launchError(plan, result);
    }
    const { pid } = result;
    try {
      moveNetDevices(config.netDevices, pid);
    } catch (error) {
      if (pair !== null) closeSync(pair[0]);
      if (cgroup !== null) removeGroup(cgroup);
      throw error;
    }
    request.trace(`process ${pid} waits for its start`);
    const process = { pid, startTicks: processStartTicks(pid) ?? 0, bootId: bootId() };
    const launched = { ...record, cgroup, process };
    writeRecord(root, launched);
    if (request.pidFile !== null) writeFileSync(request.pidFile, String(pid), { mode: 0o644 });
    return { record: launched, config, client: pair === null ? null : pair[0] };
  } catch (error) {
    forgetContainer(root, request.id);
    throw error;
  }
}

/**
 * `create`: everything is made and waits for `start` (runtime.md, "Lifecycle"). Returns what is
 * not done exactly as asked.
 */
export async function createContainer(
  root: RuntimeRoot,
  request: CreateRequest,
): Promise<string[]> {
  const { config } = await launchBundle(root, request, (read) => {
    checkTerminal(read, request, true);
    return {
      monitor: streamMonitor(read.consoleSize),
      handover: { consoleSocket: request.consoleSocket ?? '' },
      attached: false,
    };
  });
  return config.warnings;
}

/** Throws BryoError `bad-config` where there is nothing to start. */
export function requireProcess({ process }: OciSpec): void {
  if (process.args.length > 0) return;
  throw new BryoError('bad-config', 'invalid config.json: process is missing, which a start needs');
}

/**
 * Lets a created container's process go. Its state is complete before: from the next moment on its
 * end may remove it. Throws BryoError `wrong-status` when the process has ended.
 */
export function release(root: RuntimeRoot, record: RuntimeRecord): void {
  const fifo = startFifo(root, record.id);
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (errnoCode(cause) !== 'ENXIO' && errnoCode(cause) !== 'ENOENT') throw cause;
    throw new BryoError(
      'wrong-status',
      `cannot start container ${record.id}: its process has ended`,
    );
  }
  try {
    writeRecord(root, { ...record, started: true });
    unlinkSync(fifo);
    writeSync(fd, 's');
  } finally {
    closeSync(fd);
  }
}

/**
 * The configuration of a container that exists: as it was when that was created, whatever has become
 * of the bundle (runtime.md, "Create").
 */
export function containerConfig(root: RuntimeRoot, record: RuntimeRecord): RuntimeConfig {
  const { id, bundle, cgroup } = record;
  const filters = cgroup !== null && mayFilterDevices();
  return readConfig(keptConfig(root, id), configPlace(root, { id, bundle, filters }));
}
