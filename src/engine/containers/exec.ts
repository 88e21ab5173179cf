import { closeSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { Placement } from '../../cgroup/place.ts';
import { withEnvironment } from '../../container/environment.ts';
import { landlockScopes } from '../../container/landlock.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { launch } from '../../monitor/launch.ts';
import { type ContainerState, readContainerState } from '../../monitor/state.ts';
import { addon } from '../../native/addon.ts';
import type { InheritedDescriptors } from '../../native/inherited-fds.ts';
import { differingNamespaces, processStartTicks } from '../../native/processes.ts';
import { compileExecPlan, execNamespaces } from '../../plan/compile-exec.ts';
import { encodePlan } from '../../plan/encode.ts';
import { launchError } from '../../plan/failure.ts';
import { capabilityNames } from '../../plan/flags.ts';
import { bareMonitor, type MonitorInput } from '../../plan/monitor-input.ts';
import type { OciProcess, OciSpec } from '../../plan/spec.ts';
import { DamagedRecordError } from '../../store/record-file.ts';
import type { Engine } from '../engine.ts';
import { monitorEvents } from '../events.ts';
import { type ExecSession, makeExecSession, removeExecSession } from './exec-sessions.ts';
import { readSpecFile } from './spec-file.ts';
import type { TerminalSize } from './start/monitor-input.ts';
import { seccompInput } from './start/seccomp.ts';

export interface ExecRequest {
  container: string;
  command: string[];
  interactive: boolean;
  tty: boolean;
  detach: boolean;
  env: Record<string, string>;
  /** Null: the container's. */
  workdir: string | null;
  user: string | null;
  /** All capabilities that a container of the caller can have. */
  privileged: boolean;
  size: TerminalSize | null;
  inherited: InheritedDescriptors;
  /** The session's id, by which others find it and its monitor; absent: one that nobody is told of. */
  sessionId?: string;
}

/** A command that has been started. */
export interface StartedExec {
  /** Of the session. */
  id: string;
  /** The attach connection; null when detached. */
  client: number | null;
  /** The pid of the command. */
  pid: number;
}

/** An exec session has a monitor of its own, which keeps no records: its client has the exit code. */
function sessionMonitor(request: ExecRequest, session: ExecSession): MonitorInput {
  return bareMonitor({
    places: {
      lockPath: session.lockPath,
      ...(request.sessionId !== undefined && { attachDir: session.directory }),
    },
    streams: {
      ...request.size,
      plainNewlines: false,
      stdinOpen: request.interactive,
      stdinOnce: request.interactive && !request.tty,
    },
    ending: { removePaths: [session.directory] },
  });
}

function mergeEnv(base: readonly string[], request: ExecRequest): string[] {
  const env = new Map(base.map((word) => [word.slice(0, word.indexOf('=')), word]));
  if (request.tty && !env.has('TERM')) env.set('TERM', 'TERM=xterm');
  for (const word of request.inherited.env) env.set(word.slice(0, word.indexOf('=')), word);
  for (const [name, value] of Object.entries(request.env)) env.set(name, `${name}=${value}`);
  // Another user has another home: the launcher finds it.
  if (request.user !== null && request.env['HOME'] === undefined) env.delete('HOME');
  return [...env.values()];
}

/** Another user than the container's own has what root has, or nothing (podman-exec(1), --user). */
function sessionCapabilities({ capabilities: main, user }: OciProcess, request: ExecRequest) {
  const other = request.user !== null && request.user !== user.username;
  const all = request.privileged ? [...capabilityNames] : main.bounding;
  if (!other && !request.privileged) return main;
  if (!other) return { ...main, bounding: all, ...(main.ambient.length === 0 && root(all)) };
  return { bounding: all, inheritable: [], ambient: [], ...root(all) };
}

/** For any other user the kernel takes them away when a program is executed. */
function root(all: string[]) {
  return { effective: all, permitted: all };
}

function sessionProcess(spec: OciSpec, request: ExecRequest): OciProcess {
  const { process: main } = spec;
  return {
    ...main,
    capabilities: sessionCapabilities(main, request),
    terminal: request.tty,
    args: request.command,
    env: mergeEnv(main.env, request),
    cwd: request.workdir ?? main.cwd,
    user: request.user === null ? main.user : { ...main.user, username: request.user },
  };
}

/** The configuration that the running container was started with. */
function runningSpec(engine: Engine, id: string): OciSpec {
  const reading = readSpecFile(engine.store, id);
  if (reading.kind === 'sound') return reading.value;
  const remedy = "'bryo restart' writes it anew";
  throw new DamagedRecordError(`container ${id}`, reading.problem, remedy);
}

type RunningState = Extract<ContainerState, { status: 'running' }>;

/** The container, which must run. Throws BryoError `not-running` or `paused`. */
function findTarget(engine: Engine, name: string) {
  const record = findRecord(engine.store, name);
  const state = readContainerState(engine.store, record.id);
  const startTicks =
    state.status === 'running' ? processStartTicks(state.runtimePid ?? state.pid) : null;
  if (state.status !== 'running' || startTicks === null) {
    throw new BryoError(
      'not-running',
      `cannot exec in container ${name}: it is ${state.status}, not running`,
      { about: name },
    );
  }
  if (state.paused) {
    throw new BryoError('paused', `cannot exec in container ${name}: it is paused`, {
      hint: `bryo unpause ${name}`,
    });
  }
  return { record, state, startTicks: BigInt(startTicks) };
}

interface SessionStart {
  record: ContainerRecord;
  state: RunningState;
  startTicks: bigint;
  session: ExecSession;
}

/** The way into the container's control group; null: it has none. */
async function entryOf({ cgroup }: RunningState): Promise<Placement | null> {
  if (cgroup === null) return null;
  const { planEntry } = await import('../../cgroup/place.ts');
  return planEntry(cgroup);
}

async function environmentSecrets({ store }: Engine, record: ContainerRecord): Promise<string[]> {
  if (record.options.secrets.length === 0) return [];
  const { sessionSecrets } = await import('./start/secrets.ts');
  return sessionSecrets(store, record);
}

async function launchSession(
  engine: Engine,
  request: ExecRequest,
  start: SessionStart,
): Promise<Omit<StartedExec, 'id'>> {
  const { record, state, startTicks, session } = start;
  const place = await entryOf(state);
  const spec = runningSpec(engine, record.id);
  const secrets = await environmentSecrets(engine, record);
  const process = sessionProcess(withEnvironment(spec, secrets), request);
  const pid = state.runtimePid ?? state.pid;
  const target = { pid, startTicks, namespaces: execNamespaces(differingNamespaces(pid)) };
  const input = {
    events: monitorEvents(engine, record, session.id),
    cgroup: place === null ? null : { remove: false },
    monitor: sessionMonitor(request, session),
    process: {
      seccomp: await seccompInput(engine, record, process),
      umask: record.options.umask,
      landlockScopes: landlockScopes(record.options.security),
      preservedFds: request.inherited.fds,
    },
  };
  const plan =
    state.runtimePid === undefined
      ? compileExecPlan(process, target, input)
      : await (await import('./foreign/exec-plan.ts')).foreignExecPlan(engine, record, {
          ...input,
          process,
          session,
          target,
        });
  const pair = request.detach ? null : addon().seqpacketPair();
  const client = pair === null ? null : pair[1];
  const result = await launch(encodePlan(plan), {
    client,
    preserved: request.inherited.fds,
    place,
  });
  if (result.kind === 'started') {
    return { client: pair === null ? null : pair[0], pid: result.pid };
  }
  if (pair !== null) closeSync(pair[0]);
  throw launchError(plan, result);
}

/**
 * Starts a command in a running container.
 *
 * Throws BryoError `not-running`, or that of a failed launch with podman's exit code.
 */
export async function startExec(engine: Engine, request: ExecRequest): Promise<StartedExec> {
  const target = findTarget(engine, request.container);
  const session = makeExecSession(engine.store, target.record.id, request.sessionId);
  try {
    const started = await launchSession(engine, request, { ...target, session });
    return { id: session.id, ...started };
  } catch (error) {
    removeExecSession(session);
    throw error;
  }
}
