import { readlinkSync } from 'node:fs';
import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import { exposedPorts, formatExposed, unpublished } from '../../container/ports.ts';
import { type ContainerRecord, shownImage } from '../../container/record.ts';
import { type ContainerView, exitCodeOf, stateName } from '../../engine/containers/describe.ts';
import type { ContainerSize } from '../../engine/containers/own-layer.ts';
import { portOwner, readPorts } from '../../engine/containers/ports.ts';
import type { Engine } from '../../engine/engine.ts';
import { foldPorts, formatPort, type PortRange } from '../../network/ports.ts';
import { isHolder, readPod } from '../../pod/records.ts';
import { networkNames } from '../../request/network.ts';
import { GoTime } from '../../template/go-time.ts';
import { viewStatus } from './status.ts';

const shownCommand = 17;

/** A container of a listing, before it is formatted. */
export interface PsRow extends Record<string, unknown> {
  ID: string;
  Id: string;
  Image: string;
  Command: string;
  CreatedHuman: string;
  Status: string;
  Ports: string;
  Names: string;
  Size: string;
}

export interface RowOptions {
  /** Whole ids and commands. */
  whole: boolean;
  now: Date;
  /** Null: it was not asked for. */
  size: ContainerSize | null;
}

/** As podman shows it: without the entrypoint. */
function commandOf({ args, entrypoint }: ContainerRecord): string[] {
  return args.slice(entrypoint.length);
}

/** podman shows the first 17 characters. */
function shortCommand(command: string): string {
  return command.length <= shownCommand + 3 ? command : `${command.slice(0, shownCommand)}...`;
}

const namespaceFields = {
  CGROUPNS: 'cgroup',
  IPC: 'ipc',
  MNT: 'mnt',
  NET: 'net',
  PIDNS: 'pid',
  USERNS: 'user',
  UTS: 'uts',
} as const;

type NamespaceFields = Record<keyof typeof namespaceFields, string>;

/** The inode numbers of a process's namespaces; empty for one that does not run. */
export function shownNamespaces(pid: number): NamespaceFields {
  const number = (file: string): string => {
    if (pid === 0) return '';
    try {
      return readlinkSync(`/proc/${pid}/ns/${file}`).replace(/\D/g, '');
    } catch {
      return '';
    }
  };
  const entries = Object.entries(namespaceFields).map(([field, file]) => [field, number(file)]);
  return Object.fromEntries(entries) as NamespaceFields;
}

function mountTargets({ record }: ContainerView): string[] {
  const { options, volumes } = record;
  return [...new Set([...options.mounts, ...volumes].map(({ target }) => target))].sort();
}

function networks({ record }: ContainerView): string[] {
  return networkNames(record.options.network).sort();
}

/** The ports that are published, or will be where that is known: a port of the host's that the kernel chooses is not. */
function shownPorts(engine: Engine, view: ContainerView): PortRange[] {
  const { record, state } = portOwner(engine.store, view);
  if (state.status === 'running') return foldPorts(readPorts(engine.store, record.id));
  return record.options.ports.flatMap(({ hostIp, hostPort, choices = 1, ...port }) =>
    hostPort === null || choices > 1 ? [] : [{ ...port, hostPort, hostIp: hostIp ?? '0.0.0.0' }],
  );
}

/** Published ports, then those that the container only tells of. */
function portsText(engine: Engine, view: ContainerView): string {
  const published = shownPorts(engine, view);
  const others = formatExposed(unpublished(view.record, published));
  return [...published.map(formatPort), ...others].join(', ');
}

/** As podman's JSON has them, by number; null: there are none. */
function exposedObject(record: ContainerRecord): Record<string, string[]> | null {
  const result = new Map<number, string[]>();
  for (const { port, protocol } of exposedPorts(record)) {
    result.set(port, [...(result.get(port) ?? []), protocol]);
  }
  return result.size === 0 ? null : Object.fromEntries(result);
}

function podName(engine: Engine, { options }: ContainerRecord): string {
  return options.pod === null ? '' : (readPod(engine.store, options.pod)?.name ?? '');
}

function times({ record, state }: ContainerView) {
  const seconds = (text: string): number => Math.floor(Date.parse(text) / 1000);
  const never = seconds('0001-01-01T00:00:00Z');
  return {
    created: seconds(record.createdAt),
    started: 'startedAt' in state ? seconds(state.startedAt) : never,
    exited: state.status === 'exited' ? seconds(state.finishedAt) : never,
  };
}

function sizeText(size: ContainerSize | null): string {
  return size === null ? '' : `${formatSize(size.rw)} (virtual ${formatSize(size.rootFs)})`;
}

/** The row of a table or a template: what podman's templates know. */
export function psRow(
  engine: Engine,
  view: ContainerView,
  { whole, now, size }: RowOptions,
): PsRow {
  const { record, state } = view;
  const created = new Date(record.createdAt);
  const command = printable(commandOf(record).join(' '));
  const image = shownImage(record);
  const short = (id: string): string => (whole ? id : id.slice(0, 12));
  const age = formatAge(created, now);
  const at = times(view);
  const pid = state.status === 'running' ? state.pid : 0;
  const row = {
    ID: short(record.id),
    Id: record.id,
    Image: printable(image?.name ?? ''),
    ImageID: short(image?.id ?? ''),
    Command: whole ? command : shortCommand(command),
    Created: GoTime.parse(record.createdAt),
    CreatedAt: GoTime.parse(record.createdAt),
    CreatedHuman: age,
    RunningFor: age,
    StartedAt: at.started,
    Status: viewStatus(view, now),
    State: stateName(state),
    ExitCode: exitCodeOf(state),
    Exited: state.status === 'exited' || state.status === 'unknown',
    ExitedAt: at.exited,
    AutoRemove: record.options.remove,
    IsInfra: isHolder(record),
    Pid: pid,
    Ports: portsText(engine, view),
    Names: record.name,
    Labels: record.labels,
    Mounts: mountTargets(view),
    Networks: networks(view).join(','),
    Restarts: 'restarts' in state ? state.restarts : 0,
    Size: sizeText(size),
    Pod: short(record.options.pod ?? ''),
    PodName: podName(engine, record),
    Namespaces: shownNamespaces(pid),
    ...shownNamespaces(pid),
  };
  // A method of docker's templates and podman's newer ones; JSON does not show it.
  const label = (key: unknown): string => record.labels[String(key)] ?? '';
  return Object.defineProperty(row, 'Label', { value: label });
}

/** The object of `--format json`, with podman's types. */
export function psObject(
  engine: Engine,
  view: ContainerView,
  { now, size }: Omit<RowOptions, 'whole'>,
): Record<string, unknown> {
  const { record, state } = view;
  const image = shownImage(record);
  const at = times(view);
  const ports = shownPorts(engine, view);
  return {
    AutoRemove: record.options.remove,
    Command: commandOf(record),
    CreatedAt: formatAge(new Date(record.createdAt), now),
    Exited: state.status === 'exited' || state.status === 'unknown',
    ExitedAt: at.exited,
    ExposedPorts: exposedObject(record),
    ExitCode: exitCodeOf(state),
    Id: record.id,
    Image: image?.name ?? '',
    ImageID: image?.id ?? '',
    IsInfra: isHolder(record),
    Labels: Object.keys(record.labels).length === 0 ? null : record.labels,
    Mounts: mountTargets(view),
    Names: [record.name],
    Namespaces: {},
    Networks: networks(view),
    Pid: state.status === 'running' ? state.pid : 0,
    Pod: record.options.pod ?? '',
    PodName: podName(engine, record),
    Ports:
      ports.length === 0
        ? null
        : ports.map(({ hostIp, hostPort, containerPort, protocol, count }) => ({
            host_ip: hostIp === '0.0.0.0' ? '' : hostIp,
            container_port: containerPort,
            host_port: hostPort,
            range: count,
            protocol,
          })),
    Restarts: 'restarts' in state ? state.restarts : 0,
    Size: size === null ? null : { rwSize: size.rw, rootFsSize: size.rootFs },
    StartedAt: at.started,
    State: stateName(state),
    Status: viewStatus(view, now),
    Created: at.created,
  };
}
