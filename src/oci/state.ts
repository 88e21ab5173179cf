import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { isFrozen } from '../cgroup/freeze.ts';
import { bootId, processStartTicks } from '../native/processes.ts';
import { DamagedRecordError, readRecordFile, writeRecordFile } from '../store/record-file.ts';

/** <root>/<id>/state.json. */
export interface RuntimeRecord {
  id: string;
  ociVersion: string;
  bundle: string;
  rootfs: string;
  /** RFC 3339. */
  created: string;
  owner: string;
  annotations: Record<string, string>;
  /** Directory of its control group, or null. */
  cgroup: string | null;
  /** Null while the container is being created. */
  process: { pid: number; startTicks: number; bootId: string } | null;
  /** Whether `start` has been called. */
  started: boolean;
}

export type RuntimeStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** The state directory of one `--root`. */
export interface RuntimeRoot {
  directory: string;
  /** The caller has named it: it must be there where nothing is made. */
  named?: boolean;
}

/** Throws BryoError `bad-id` unless the id is one: it becomes a directory's name. */
export function checkId(id: string): void {
  if (!/^[a-zA-Z0-9_+-][a-zA-Z0-9_+.-]{0,1023}$/.test(id)) {
    throw new BryoError('bad-id', `invalid character in container ID ${JSON.stringify(id)}`, {
      hint: 'letters, digits, "_", "+", "-" and, but for the first, "."',
    });
  }
}

export function containerDirectory(root: RuntimeRoot, id: string): string {
  checkId(id);
  return join(root.directory, id);
}

export function startFifo(root: RuntimeRoot, id: string): string {
  return join(containerDirectory(root, id), 'exec.fifo');
}

/** Claims an id: makes its directory. Throws BryoError `id-in-use`. */
export function claimId(root: RuntimeRoot, id: string): string {
  const directory = containerDirectory(root, id);
  mkdirSync(root.directory, { recursive: true, mode: 0o700 });
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw error;
    throw new BryoError('id-in-use', `container with id ${id} already exists`);
  }
  return directory;
}

export function writeRecord(root: RuntimeRoot, record: RuntimeRecord): void {
  const path = join(containerDirectory(root, record.id), 'state.json');
  writeRecordFile(path, record, 'volatile');
}

function isRecord(value: unknown): value is RuntimeRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<RuntimeRecord>;
  const { id, ociVersion, bundle, rootfs, created, owner, annotations, process, cgroup } = record;
  return (
    [id, ociVersion, bundle, rootfs, created, owner].every((text) => typeof text === 'string') &&
    [annotations, process].every((part) => typeof part === 'object') &&
    (cgroup === null || typeof cgroup === 'string')
  );
}

/** The record of a container. Throws BryoError `no-such-container`, and DamagedRecordError. */
export function readRecord(root: RuntimeRoot, id: string): RuntimeRecord {
  const isOwn = (value: unknown): value is RuntimeRecord => isRecord(value) && value.id === id;
  const reading = readRecordFile(join(containerDirectory(root, id), 'state.json'), isOwn);
  if (reading.kind === 'sound') return reading.value;
  if (reading.kind === 'absent') {
    throw new BryoError('no-such-container', `container ${id} does not exist`);
  }
  const remedy = `end its processes, then remove ${containerDirectory(root, id)}`;
  throw new DamagedRecordError(`container ${id}`, reading.problem, remedy);
}

/** The truth about a record's process. */
export function statusOf({ process, started, cgroup }: RuntimeRecord): RuntimeStatus {
  if (process === null) return 'creating';
  const alive =
    process.bootId === bootId() && processStartTicks(process.pid) === process.startTicks;
  if (!alive) return 'stopped';
  if (!started) return 'created';
  return cgroup !== null && isFrozen(cgroup) ? 'paused' : 'running';
}

/** All containers of a root, by id. */
export function listContainers(root: RuntimeRoot): RuntimeRecord[] {
  let ids: string[] = [];
  try {
    ids = readdirSync(root.directory);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT' || root.named) throw error;
  }
  return ids.sort().flatMap((id) => {
    try {
      return [readRecord(root, id)];
    } catch (error) {
      if (error instanceof BryoError) return [];
      throw error;
    }
  });
}

/**
 * Removes a container's directory; its name goes in one step. Its monitor may do so at the same time, when the
 * process has ended: whoever comes second finds nothing.
 */
export function forgetContainer(root: RuntimeRoot, id: string): void {
  const directory = containerDirectory(root, id);
  const gone = join(root.directory, `.${id}.${process.pid}`);
  try {
    renameSync(directory, gone);
  } catch (cause) {
    if (errnoCode(cause) === 'ENOENT') return;
    throw cause;
  }
  rmSync(gone, { recursive: true, force: true });
}

/** The state as `state` prints it and hooks read it (runtime.md, "State"). */
export function stateObject(record: RuntimeRecord, status: RuntimeStatus, pid: number) {
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    pid: status === 'stopped' ? 0 : pid,
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    owner: record.owner,
    ...(Object.keys(record.annotations).length > 0 && { annotations: record.annotations }),
  };
}
