import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { type GroupUsage, groupUsage } from '../../cgroup/usage.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ContainerState } from '../../monitor/state.ts';
import { clockTicks, readProcessStatus } from '../../native/process-status.ts';
import type { Store } from '../../store/paths.ts';
import { findContainer, viewContainers } from './describe.ts';
import { containerProcesses } from './processes.ts';

type Running = Extract<ContainerState, { status: 'running' }>;

/** The use of a running container at one moment. */
export interface Sample {
  record: ContainerRecord;
  /** Milliseconds since the epoch. */
  at: number;
  startedAt: number;
  /** Microseconds. */
  cpu: number;
  /** Bytes. */
  memory: number;
  memoryLimit: number;
  network: { received: number; sent: number };
  io: { read: number; written: number } | null;
  processes: number;
  pressure: GroupUsage['pressure'] | null;
}

/** Sums over the interfaces but the loopback (proc(5), /proc/PID/net/dev). */
function networkUse(pid: number): Sample['network'] {
  const total = { received: 0, sent: 0 };
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/net/dev`, 'utf8');
  } catch {
    return total;
  }
  for (const line of text.split('\n').slice(2)) {
    const [name = '', ...fields] = line.trim().split(/[:\s]+/);
    if (name === '' || name === 'lo') continue;
    total.received += Number(fields[0]);
    total.sent += Number(fields[8]);
  }
  return total;
}

/** Without a control group: what its living processes say of themselves. */
function processUse(name: string, state: Running) {
  const processes = containerProcesses(name, state).flatMap((pid) => readProcessStatus(pid) ?? []);
  const sum = (value: (process: (typeof processes)[number]) => number): number =>
    processes.reduce((all, process) => all + value(process), 0);
  return {
    cpu: (sum(({ userTime, systemTime }) => userTime + systemTime) / clockTicks) * 1e6,
    memory: sum(({ residentSize }) => residentSize),
    processes: processes.length,
  };
}

/** Takes a sample of a running container. */
export function sampleContainer(record: ContainerRecord, state: Running): Sample {
  const group = state.cgroup === null ? null : groupUsage(state.cgroup);
  const complete = group !== null && group.memory !== null && group.processes !== null;
  const own = complete ? null : processUse(record.name, state);
  return {
    record,
    at: Date.now(),
    startedAt: new Date(state.startedAt).getTime(),
    cpu: group?.cpu ?? own?.cpu ?? 0,
    memory: group?.memory ?? own?.memory ?? 0,
    memoryLimit: Math.min(group?.memoryLimit ?? totalmem(), totalmem()),
    network: networkUse(state.pid),
    io: group?.io ?? null,
    processes: group?.processes ?? own?.processes ?? 0,
    pressure: group?.pressure ?? null,
  };
}

/** Of a container that does not run: nothing. */
function restingSample(record: ContainerRecord): Sample {
  const at = Date.now();
  return {
    record,
    at,
    startedAt: at,
    cpu: 0,
    memory: 0,
    memoryLimit: 0,
    network: { received: 0, sent: 0 },
    io: null,
    processes: 0,
    pressure: null,
  };
}

/** Processor time in percent of one processor: since the start, and since an earlier sample. */
export function cpuPercent(
  now: Sample,
  before: Sample | null,
): { average: number; current: number } {
  const share = (cpu: number, milliseconds: number): number =>
    milliseconds <= 0 ? 0 : (Math.max(cpu, 0) / 1000 / milliseconds) * 100;
  const average = share(now.cpu, now.at - now.startedAt);
  const sameRun = before !== null && before.startedAt === now.startedAt;
  return {
    average,
    current: sameRun ? share(now.cpu - before.cpu, now.at - before.at) : average,
  };
}

/** Samples of all containers that run; with `all` also of those that do not. */
export function sampleAll(store: Store, all: boolean): Sample[] {
  return viewContainers(store).flatMap(({ record, state }) => {
    if (state.status === 'running') return [sampleContainer(record, state)];
    return all ? [restingSample(record)] : [];
  });
}

/** A sample of one container, which need not run. Throws BryoError `no-such-container`. */
export function sampleNamed(store: Store, nameOrId: string): Sample {
  const { record, state } = findContainer(store, nameOrId);
  return state.status === 'running' ? sampleContainer(record, state) : restingSample(record);
}
