import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where every distribution mounts the unified hierarchy (cgroups(7), "Mounting"). */
export const cgroupRoot = '/sys/fs/cgroup';

/** Whether the machine has the unified hierarchy alone: hybrid ones keep the controllers apart. */
export function hasUnifiedCgroups(): boolean {
  return existsSync(join(cgroupRoot, 'cgroup.controllers'));
}

/** The directory of a process's group; null without a unified hierarchy or for none such process. */
export function groupOf(pid: number | 'self'): string | null {
  try {
    const [, path] = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
    // A group that has been removed is shown so, and one outside of the namespace begins with /...
    if (path === undefined || path.endsWith(' (deleted)') || path.startsWith('/..')) return null;
    return path === '/' ? cgroupRoot : `${cgroupRoot}${path}`;
  } catch {
    return null;
  }
}

function words(directory: string, file: string): string[] {
  try {
    return readFileSync(join(directory, file), 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

/** Controllers that may be enabled below a group. */
export function availableControllers(directory: string): string[] {
  return words(directory, 'cgroup.controllers');
}

/** Controllers that are enabled below a group. */
export function enabledControllers(directory: string): string[] {
  return words(directory, 'cgroup.subtree_control');
}

/** Pids of the processes in the group itself. */
export function processesOf(directory: string): number[] {
  return words(directory, 'cgroup.procs').map(Number);
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function mayMoveInto(directory: string): boolean {
  return mayWrite(join(directory, 'cgroup.procs'));
}

/** Whether groups may be made below one and processes put there. */
function isDelegated(directory: string): boolean {
  return mayMoveInto(directory) && mayWrite(directory);
}

/** The topmost of the groups from `directory` upwards that are the caller's without a gap, or null. */
export function delegatedRoot(directory: string): string | null {
  if (!isDelegated(directory)) return null;
  const parent = dirname(directory);
  const above = directory === cgroupRoot ? null : delegatedRoot(parent);
  return above ?? directory;
}

/**
 * Whether the caller may put processes of one group into another: the process lists of both the other one and
 * their common ancestor must be its own (cgroups(7), "Delegation containment").
 */
export function mayMigrate(from: string, to: string): boolean {
  if (!mayMoveInto(to)) return false;
  let common = to;
  while (common !== cgroupRoot && from !== common && !from.startsWith(`${common}/`)) {
    common = dirname(common);
  }
  return mayMoveInto(common);
}

/** The group that the caller has to itself: its service manager's tree, or the one above its own group; or null. */
export function delegatedGroup(): string | null {
  const uid = process.geteuid?.() ?? 0;
  const service = `${cgroupRoot}/user.slice/user-${uid}.slice/user@${uid}.service`;
  if (existsSync(service)) return service;
  const own = groupOf('self');
  return own === null ? null : delegatedRoot(own);
}
