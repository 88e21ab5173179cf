import { totalmem } from 'node:os';
import { formatDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { findRecord } from '../../container/records.ts';
import { readContainerState } from '../../monitor/state.ts';
import {
  type CapabilitySet,
  clockTicks,
  innerIds,
  type ProcessStatus,
  readProcessStatus,
  readSecurityLabel,
  uptimeSeconds,
} from '../../native/process-status.ts';
import { capabilityNames } from '../../plan/flags.ts';
import type { Engine } from '../engine.ts';
import { containerProcesses } from './processes.ts';

/** The circumstances that descriptors need besides the process. */
export interface View {
  uid(id: number): number | null;
  gid(id: number): number | null;
  /** Pid in the container; 0 for a process outside of it. */
  inner(pid: number): number;
  uptime: number;
  /** Bytes of the machine. */
  memory: number;
}

export interface Descriptor {
  heading: string;
  value(process: ProcessStatus, view: View): string;
}

const nobody = '?';

function idText(id: number | null): string {
  if (id === null) return nobody;
  return id === 0 ? 'root' : String(id);
}

/** Of a device number as in /proc/PID/stat: the major number of pseudo-terminals is 136 to 143. */
function terminal(number: number): string {
  if (number === 0) return '?';
  const major = (number >> 8) & 0xfff;
  const minor = (number & 0xff) | ((number >> 12) & 0xfff00);
  return major >= 136 && major <= 143 ? `pts/${(major - 136) * 256 + minor}` : `tty${minor}`;
}

function capabilities(mask: string): string {
  const bits = BigInt(`0x${mask || '0'}`);
  const names = capabilityNames.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
  if (names.length === 0) return 'none';
  if (names.length === capabilityNames.length) return 'full';
  return names
    .map((name) => name.replace(/^CAP_/, ''))
    .sort()
    .join(',');
}

function capabilitySet(title: string, set: CapabilitySet): Descriptor {
  return { heading: `${title} CAPS`, value: (process) => capabilities(process.capabilities[set]) };
}

/** In UTC, as Go prints a time. */
function startTime(process: ProcessStatus, view: View): string {
  const at = new Date(Date.now() - seconds(process, view) * 1000);
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

function seconds(process: ProcessStatus, view: View): number {
  return Math.max(view.uptime - process.start / clockTicks, 0);
}

function cpuSeconds(process: ProcessStatus): number {
  return (process.userTime + process.systemTime) / clockTicks;
}

function cpuShare(process: ProcessStatus, view: View): string {
  return ((100 * cpuSeconds(process)) / Math.max(seconds(process, view), 0.01)).toFixed(3);
}

function commandLine({ args, command }: ProcessStatus): string {
  return printable(args.length === 0 ? `[${command}]` : args.join(' '));
}

const filters = ['disabled', 'strict', 'filter'];

/** podman-top(1) "FORMAT DESCRIPTORS"; those with an h before them are the host's. */
export const topDescriptors: Readonly<Record<string, Descriptor>> = {
  args: { heading: 'COMMAND', value: commandLine },
  capamb: capabilitySet('AMBIENT', 'ambient'),
  capbnd: capabilitySet('BOUNDING', 'bounding'),
  capeff: capabilitySet('EFFECTIVE', 'effective'),
  capinh: capabilitySet('INHERITED', 'inheritable'),
  capprm: capabilitySet('PERMITTED', 'permitted'),
  comm: { heading: 'COMMAND', value: (p) => printable(p.command) },
  etime: {
    heading: 'ELAPSED',
    value: (p, view) => formatDuration(Math.round(seconds(p, view) * 1000)),
  },
  group: { heading: 'GROUP', value: (p, view) => idText(view.gid(p.gids[1])) },
  groups: {
    heading: 'GROUPS',
    value: (p, view) => p.groups.map((id) => idText(view.gid(id))).join(','),
  },
  hgroup: { heading: 'HGROUP', value: (p) => String(p.gids[1]) },
  hgroups: { heading: 'HGROUPS', value: (p) => p.groups.join(',') },
  hpid: { heading: 'HPID', value: (p) => String(p.pid) },
  huser: { heading: 'HUSER', value: (p) => String(p.uids[1]) },
  label: { heading: 'LABEL', value: (p) => printable(readSecurityLabel(p.pid) ?? nobody) },
  nice: { heading: 'NI', value: (p) => String(p.nice) },
  pcpu: { heading: '%CPU', value: cpuShare },
  pgid: { heading: 'PGID', value: (p, view) => String(view.inner(p.group)) },
  pid: { heading: 'PID', value: (p) => String(p.innerPid) },
  ppid: { heading: 'PPID', value: (p, view) => String(view.inner(p.parent)) },
  rgroup: { heading: 'RGROUP', value: (p, view) => idText(view.gid(p.gids[0])) },
  rss: { heading: 'RSS', value: (p) => String(Math.round(p.residentSize / 1024)) },
  ruser: { heading: 'RUSER', value: (p, view) => idText(view.uid(p.uids[0])) },
  seccomp: { heading: 'SECCOMP', value: (p) => filters[p.seccomp] ?? nobody },
  state: { heading: 'STATE', value: (p) => p.state },
  stime: { heading: 'STIME', value: startTime },
  time: {
    heading: 'TIME',
    value: (p) => formatDuration(Math.round(cpuSeconds(p) * 1000)),
  },
  tty: { heading: 'TTY', value: (p) => terminal(p.tty) },
  user: { heading: 'USER', value: (p, view) => idText(view.uid(p.uids[1])) },
  vsz: { heading: 'VSZ', value: (p) => String(Math.round(p.virtualSize / 1024)) },
};

const aliases: Readonly<Record<string, string>> = {
  '%C': 'pcpu',
  '%G': 'group',
  '%P': 'ppid',
  '%U': 'user',
  '%a': 'args',
  '%c': 'comm',
  '%g': 'rgroup',
  '%n': 'nice',
  '%p': 'pid',
  '%r': 'pgid',
  '%t': 'etime',
  '%u': 'ruser',
  '%x': 'time',
  '%y': 'tty',
  '%z': 'vsz',
};

const defaultDescriptors = ['user', 'pid', 'ppid', 'pcpu', 'etime', 'tty', 'time', 'args'];

function descriptor(name: string): Descriptor {
  const found = topDescriptors[aliases[name] ?? name];
  if (found !== undefined) return found;
  throw new BryoError('usage', `unknown format descriptor ${JSON.stringify(name)}`, {
    hint: `one of ${Object.keys(topDescriptors).join(', ')}`,
  });
}

/** podman's columns of these names; without any, the usual ones. */
export function topColumns(names: readonly string[]): Descriptor[] {
  return (names.length === 0 ? defaultDescriptors : names).map(descriptor);
}

/** Processes by their pids, as rows; the first row holds the headings. `anchor`: one of them. */
export function processTable(
  pids: readonly number[],
  anchor: number,
  columns: readonly Descriptor[],
): string[][] {
  const processes = pids
    .flatMap((pid) => readProcessStatus(pid) ?? [])
    .sort((a, b) => a.innerPid - b.innerPid);
  const view: View = {
    uid: innerIds(anchor, 'uid'),
    gid: innerIds(anchor, 'gid'),
    inner: (pid) => processes.find((other) => other.pid === pid)?.innerPid ?? 0,
    uptime: uptimeSeconds(),
    memory: totalmem(),
  };
  const rows = processes.map((process) => columns.map(({ value }) => value(process, view)));
  return [columns.map(({ heading }) => heading), ...rows];
}

/**
 * The processes of a running container, read from the host's /proc: no program of the image runs,
 * and nothing of it is read. The first row holds the headings. Users and groups but root are
 * numbers, for their names are in the container's files.
 */
export function topContainer(
  engine: Engine,
  nameOrId: string,
  columns: readonly Descriptor[],
): string[][] {
  const record = findRecord(engine.store, nameOrId);
  const state = readContainerState(engine.store, record.id);
  if (state.status !== 'running') {
    throw new BryoError(
      'not-running',
      `cannot list the processes of container ${nameOrId}: it is ${state.status}, not running`,
    );
  }
  return processTable(containerProcesses(nameOrId, state), state.pid, columns);
}
