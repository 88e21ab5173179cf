import { closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { enabledControllers, groupOf } from '../cgroup/hierarchy.ts';
import { planEntry } from '../cgroup/place.ts';
import { launch } from '../monitor/launch.ts';
import { addon } from '../native/addon.ts';
import type { InheritedDescriptors } from '../native/inherited-fds.ts';
import { differingNamespaces, processStartTicks } from '../native/processes.ts';
import { compileExecPlan, execNamespaces } from '../plan/compile-exec.ts';
import { encodePlan } from '../plan/encode.ts';
import { launchError } from '../plan/failure.ts';
import type { OciProcess } from '../plan/spec.ts';
import { containerConfig, type Trace } from './create.ts';
import { mergeEnv } from './environment.ts';
import { Fields } from './fields.ts';
import { attachedStreams, seccompInput, streamMonitor } from './launch-input.ts';
import { type ProcessConfig, readProcess } from './process.ts';
import { type RuntimeRoot, readRecord, statusOf } from './state.ts';

/** The changes that flags of `exec` make to the container's own process configuration. */
export interface ProcessChanges {
  args: string[];
  terminal: boolean;
  cwd: string | null;
  env: string[];
  /** `uid[:gid]`. */
  user: { uid: number; gid: number } | null;
  additionalGids: number[];
  capabilities: string[];
  noNewPrivileges: boolean;
  /** Null: those of the container. */
  labels: OciProcess['securityLabels'] | null;
}

export interface ExecRequest {
  id: string;
  /** A file with an OCI process configuration, or changes to the container's own. */
  process: { kind: 'file'; path: string } | { kind: 'changes'; changes: ProcessChanges };
  detach: boolean;
  consoleSocket: string | null;
  pidFile: string | null;
  /** Also while the container is paused. */
  ignorePaused: boolean;
  /** A control group below the container's; null: the container's. */
  cgroup: string | null;
  inherited: InheritedDescriptors;
  trace: Trace;
}

function readProcessFile(path: string): ProcessConfig {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new BryoError('bad-config', `cannot read ${path}`, { cause });
  }
  return readProcess(new Fields(json, 'process'));
}

function applyChanges(own: OciProcess, changes: ProcessChanges): OciProcess {
  const { capabilities: caps } = own;
  const withAdded = (set: string[]): string[] => [...new Set([...set, ...changes.capabilities])];
  return {
    ...own,
    args: changes.args,
    terminal: changes.terminal,
    cwd: changes.cwd ?? own.cwd,
    env: [...own.env, ...changes.env],
    user:
      changes.user === null
        ? own.user
        : { ...changes.user, additionalGids: changes.additionalGids },
    capabilities: {
      ...caps,
      bounding: withAdded(caps.bounding),
      effective: withAdded(caps.effective),
      permitted: withAdded(caps.permitted),
      // Ambient is what is inheritable, too: of those that are added, only what the container's own set has.
      ambient: withAdded(caps.ambient).filter((name) => caps.inheritable.includes(name)),
    },
    noNewPrivileges: own.noNewPrivileges || changes.noNewPrivileges,
    securityLabels: changes.labels ?? own.securityLabels ?? [],
  };
}

/**
 * The group of a session. One whose processes are in groups below it, as systemd puts them, takes none itself
 * (cgroups(7), "The no internal processes rule"): then it is that of the container's process.
 */
function sessionGroup(container: string | null, pid: number, asked: string | null): string | null {
  if (asked !== null) {
    if (container === null) throw new BryoError('no-cgroup', 'the container has no control group');
    const below = join(container, asked);
    if (below !== container && !below.startsWith(`${container}/`)) {
      throw new BryoError('usage', `${JSON.stringify(asked)} is not a sub cgroup of the container`);
    }
    if (!existsSync(below)) throw new BryoError('no-cgroup', `there is no control group ${below}`);
    return below;
  }
  if (container === null || enabledControllers(container).length === 0) return container;
  return groupOf(pid) ?? container;
}

/** `exec`: a further process in a container. The attach connection, or null when it is detached. */
export async function execProcess(root: RuntimeRoot, request: ExecRequest) {
  const record = readRecord(root, request.id);
  const status = statusOf(record);
  const pid = record.process?.pid ?? 0;
  const startTicks = processStartTicks(pid);
  if (status === 'paused' && !request.ignorePaused) {
    throw new BryoError('wrong-status', 'cannot exec in a paused container', {
      hint: 'use --ignore-paused to override',
    });
  }
  if (!['running', 'created', 'paused'].includes(status) || startTicks === null) {
    const what = status === 'stopped' ? 'a stopped container' : `container ${request.id}`;
    throw new BryoError('wrong-status', `cannot exec in ${what}: it is ${status}`);
  }
  const group = sessionGroup(record.cgroup, pid, request.cgroup);
  const place = group === null ? null : planEntry(group);
  const config = containerConfig(root, record);
  const given = request.process.kind === 'file' ? readProcessFile(request.process.path) : null;
  const process =
    request.process.kind === 'file'
      ? (given?.process ?? config.spec.process)
      : applyChanges(config.spec.process, request.process.changes);
  process.env = mergeEnv([...process.env, ...request.inherited.env]);
  const affinity = given?.execAffinity ?? config.execAffinity;
  if (affinity !== undefined) process.cpuAffinity = affinity;
  const { memoryPolicy } = config.spec.process;
  if (memoryPolicy !== undefined) process.memoryPolicy = memoryPolicy;
  const handsOver = request.detach || request.consoleSocket !== null;
  if (process.terminal && handsOver && request.consoleSocket === null) {
    throw new BryoError('usage', 'a terminal needs --console-socket when nobody stays with it');
  }
  const size = given?.consoleSize ?? null;
  const plan = compileExecPlan(
    process,
    {
      pid,
      startTicks: BigInt(startTicks),
      namespaces: execNamespaces(differingNamespaces(pid)),
    },
    {
      monitor: handsOver
        ? streamMonitor(size)
        : streamMonitor(size, attachedStreams(process.terminal)),
      process: {
        seccomp: seccompInput(config, record, 'running'),
        preservedFds: request.inherited.fds,
        umask: given?.umask ?? config.umask ?? 0o022,
      },
      cgroup: place === null ? null : { remove: false },
      personality: config.spec.linux.personality,
      runtime: {
        handover: handsOver ? { consoleSocket: request.consoleSocket ?? '' } : null,
        startFifo: null,
        noPivot: false,
        noNewKeyring: false,
        hooks: { createRuntime: [], createContainer: [], startContainer: [] },
        hookState: { creating: '', created: '' },
      },
    },
  );
  request.trace(`entering the namespaces of process ${pid}`);
  const pair = handsOver ? null : addon().seqpacketPair();
  const client = pair === null ? null : pair[1];
  const result = await launch(encodePlan(plan), {
    client,
    preserved: request.inherited.fds,
    place,
  });
  if (result.kind === 'failed') {
    if (pair !== null) closeSync(pair[0]);
    throw launchError(plan, result);
  }
  request.trace(`process ${result.pid} runs ${process.args[0]}`);
  if (request.pidFile !== null) writeFileSync(request.pidFile, String(result.pid), { mode: 0o644 });
  return { client: pair === null ? null : pair[0], terminal: process.terminal };
}
