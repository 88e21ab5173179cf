import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { frontPid } from '../native/front.ts';
import { readProcessStatus } from '../native/process-status.ts';
import { managerSocket, SystemdManager } from '../systemd/manager.ts';
import { applySettings, enableControllers, makeGroup } from './apply.ts';
import {
  cgroupRoot,
  delegatedRoot,
  groupOf,
  hasUnifiedCgroups,
  mayMigrate,
  processesOf,
} from './hierarchy.ts';
import type { CgroupSetting } from './limits.ts';
import { defaultSlice, makeSharedGroup, type SharedGroup, startSharedSlice } from './shared.ts';

/** The maker of control groups: systemd by a scope unit, or bryo in what is delegated to the caller. */
export type ManagerName = 'systemd' | 'cgroupfs';

/** The manager in use, or why there is none. */
export type ManagerChoice = { manager: ManagerName } | { manager: 'none'; reason: string };

const payloadGroup = 'container';
const monitorGroup = 'monitor';

/** Chooses by probing unless one is asked for. */
export function chooseManager(wanted: ManagerName | null): ManagerChoice {
  if (!hasUnifiedCgroups()) {
    return { manager: 'none', reason: 'this machine has no unified control groups (cgroup v2)' };
  }
  if (wanted !== 'cgroupfs' && managerSocket() !== null) return { manager: 'systemd' };
  if (wanted === 'systemd') return { manager: 'none', reason: 'no systemd manager answers' };
  const own = groupOf('self');
  if (own !== null && delegatedRoot(own) !== null) return { manager: 'cgroupfs' };
  return {
    manager: 'none',
    reason: `the control group ${own ?? ''} is not delegated to the caller`,
  };
}

/** Properties of a container's control group. */
export interface PlaceRequest {
  /** The name of the group or, with `.scope`, of the unit. */
  name: string;
  /** Whether the name is this container's alone, and what is left of an empty group may go. */
  unique: boolean;
  description: string;
  /** A slice for systemd, a path below the hierarchy's root for cgroupfs; null: as chosen. */
  parent: string | null;
  settings: readonly CgroupSetting[];
  /** A group that others share, below the parent and around this one; null: none. */
  shared: SharedGroup | null;
  /** Use the caller's own group: its processes in one half, the container in the other. */
  split: boolean;
  /** Leave the caller's processes where they are. */
  monitorStays: boolean;
  /** Seconds that it has to end when systemd stops it, as at the end of the last session. */
  stopTimeout: number | null;
}

/**
 * Puts a launcher, by its pid, where it may start the payload; returns the payload's group. Nothing
 * is made before it is called. `announce` hears of a group that only its maker knows before it is made:
 * scopes are systemd's to remove.
 */
export type Placement = (pid: number, announce: (path: string) => void) => string;

type Announce = Parameters<Placement>[1];

function moveUnlessEnded(directory: string, pid: number): void {
  try {
    writeFileSync(join(directory, 'cgroup.procs'), String(pid));
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
}

/** Moves processes of a group into its monitor's one, as limits of a group with some are refused. */
function emptyInto(group: string, which: (pid: number) => boolean): void {
  const target = join(group, monitorGroup);
  mkdirSync(target, { recursive: true });
  // Again until there are none: the launcher starts and ends one meanwhile.
  for (;;) {
    const inside = processesOf(group).filter(which);
    if (inside.length === 0) return;
    for (const pid of inside) moveUnlessEnded(target, pid);
  }
}

function placeInScope(request: PlaceRequest, pid: number): string {
  const socket = managerSocket();
  if (socket === null) throw new BryoError('no-manager', 'no systemd manager answers');
  const manager = new SystemdManager(socket);
  try {
    const { name, description, stopTimeout, shared } = request;
    const parent = request.parent ?? defaultSlice();
    const slice = shared === null ? parent : startSharedSlice(manager, parent, shared);
    manager.startScope({ name, description, slice, pid, stopTimeout });
  } finally {
    manager.close();
  }
  const scope = groupOf(pid);
  if (scope === null || basename(scope) !== request.name) {
    throw new BryoError('no-scope', `systemd has not put the launcher into ${request.name}`);
  }
  // With it what it has started meanwhile to have it ready.
  emptyInto(scope, (inside) => inside > 0);
  return makeGroup(scope, payloadGroup, request.settings);
}

/**
 * A group that was left behind may have been killed, and some kernels go on killing what starts there
 * (addon/monitor/cgroup_renewal.h); and its limits are those of an earlier start.
 */
function removeLeft(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(errnoCode(error) ?? '')) throw error;
  }
}

function makeBelow(parent: string, request: PlaceRequest, announce: Announce): string {
  const { name, settings, shared, unique } = request;
  const above = shared === null ? parent : makeSharedGroup(parent, shared);
  if (unique) removeLeft(join(above, name));
  announce(join(above, name));
  return makeGroup(above, name, settings);
}

/** Whether a process is this one, its front, the launcher, or what that has started to have it ready. */
function isOurs(pid: number, launcher: number): boolean {
  const known = [process.pid, frontPid(), launcher].includes(pid);
  return known || readProcessStatus(pid)?.parent === launcher;
}

/** The caller's own group becomes a mere parent: what is in it goes into a group below. */
function splitOwnGroup(
  own: string,
  request: PlaceRequest,
  launcher: number,
  announce: Announce,
): string {
  const others = processesOf(own).filter((pid) => !isOurs(pid, launcher));
  if (others.length > 0 && (request.settings.length > 0 || request.shared !== null)) {
    throw new BryoError(
      'busy-cgroup',
      `no limits can be set below the control group ${own}: it has other processes (${others.slice(0, 3).join(', ')})`,
      { hint: 'use --cgroup-manager systemd, or run bryo in a group of its own' },
    );
  }
  emptyInto(own, (pid) => isOurs(pid, launcher));
  return makeBelow(own, request, announce);
}

function placeInTree(request: PlaceRequest, launcher: number, announce: Announce): string {
  const own = groupOf('self');
  const top = own === null ? null : delegatedRoot(own);
  if (own === null || top === null) {
    throw new BryoError(
      'no-cgroup',
      `the control group ${own ?? ''} is not delegated to the caller`,
    );
  }
  // After an earlier split the caller is in the group below already.
  const home = basename(own) === monitorGroup && own !== top ? dirname(own) : own;
  if (request.split) return splitOwnGroup(home, request, launcher, announce);
  if (request.parent !== null) {
    const parent = join(cgroupRoot, request.parent);
    mkdirSync(parent, { recursive: true });
    return makeBelow(parent, request, announce);
  }
  if (top === own && request.monitorStays) {
    throw new BryoError(
      'no-cgroup',
      `--cgroups=no-conmon cannot be had: there is no delegated group above ${own}`,
      { hint: 'use --cgroups=split' },
    );
  }
  return top === own
    ? splitOwnGroup(own, request, launcher, announce)
    : makeBelow(top, request, announce);
}

/** Decides where a container goes. Throws BryoError for what cannot be had. */
export function planPlacement(manager: ManagerName, request: PlaceRequest): Placement {
  if (manager === 'cgroupfs' || request.split) {
    return (pid, announce) => placeInTree(request, pid, announce);
  }
  if (request.parent !== null && !/^[\w.@\\-]+\.slice$/.test(request.parent)) {
    throw new BryoError(
      'bad-flag-value',
      `invalid --cgroup-parent ${JSON.stringify(request.parent)}: systemd needs the name of a slice`,
    );
  }
  return (pid) => placeInScope(request, pid);
}

/** The unit of the caller's manager whose delegated group holds a path; null: none. */
function unitAbove(path: string): string | null {
  for (let group = dirname(path); group.startsWith(`${cgroupRoot}/`); group = dirname(group)) {
    const name = basename(group);
    // The manager itself is a unit of the machine's one.
    if (/^user@\d+\.service$/.test(name)) return null;
    if (/\.(scope|service)$/.test(name)) return existsSync(join(group, monitorGroup)) ? name : null;
  }
  return null;
}

/** How a further process gets into the group of a container that runs. */
export function planEntry(path: string): Placement {
  const own = groupOf('self');
  if (own !== null && mayMigrate(own, path)) return () => path;
  const unit = unitAbove(path);
  const socket = managerSocket();
  if (unit === null || socket === null) {
    throw new BryoError('no-cgroup', `no process may be moved from ${own ?? '?'} to ${path}`, {
      hint: 'start it among your own units: systemd-run --user --scope bryo exec …',
    });
  }
  return (pid) => {
    const manager = new SystemdManager(socket);
    try {
      manager.attachProcess(unit, `/${monitorGroup}`, pid);
    } finally {
      manager.close();
    }
    return path;
  };
}

/** Changes the limits of a group that exists. */
export function updateGroup(path: string, settings: readonly CgroupSetting[]): void {
  enableControllers(dirname(path), settings);
  applySettings(path, settings);
}
