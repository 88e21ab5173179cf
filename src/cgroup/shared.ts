import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { isMachineRoot } from '../native/user.ts';
import { managerSocket, SystemdManager } from '../systemd/manager.ts';
import { checkControllers, checkSettings, makeGroup } from './apply.ts';
import { cgroupRoot, delegatedGroup, hasUnifiedCgroups } from './hierarchy.ts';
import type { CgroupSetting } from './limits.ts';
import { removeGroup } from './remove.ts';
import { limitProperties, nameSlice } from './slice.ts';

/** A group that several containers share, made when the first of them starts. */
export interface SharedGroup {
  /** Of a directory. */
  name: string;
  /** Of a slice, without that of the slice around it and `.slice`. */
  unit: string;
  description: string;
  settings: readonly CgroupSetting[];
  /** Where it was made last; null: nowhere yet. */
  known: string | null;
  /** Keeps where it is made, so that whoever removes it finds it. */
  note(path: string): void;
}

/** The slice of units for which none is named. */
export function defaultSlice(): string {
  return isMachineRoot() ? 'machine.slice' : 'user.slice';
}

/** Whether a path names a slice's group, which is systemd's and not ours to remove. */
export function isSlice(path: string): boolean {
  return path.endsWith('.slice');
}

function hasProcesses(directory: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(directory, 'cgroup.events'), 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Two groups would have the limits twice. Throws BryoError `busy-cgroup` when containers run in
 * another one than `path`.
 */
function leaveOther({ known, settings }: SharedGroup, path: string): void {
  if (known === null || known === path || !existsSync(known)) return;
  if (!hasProcesses(known)) {
    if (!isSlice(known)) removeGroup(known);
    return;
  }
  const [first] = settings;
  throw new BryoError(
    'busy-cgroup',
    `${first?.origin ?? 'a limit'} cannot be had: others that it is for run in ${known}, and ${path} is another group`,
    { hint: 'stop those first, or start this one as they were started' },
  );
}

/** Makes the group below one of the caller's; returns its path. */
export function makeSharedGroup(parent: string, shared: SharedGroup): string {
  const path = join(parent, shared.name);
  leaveOther(shared, path);
  if (shared.known !== path) shared.note(path);
  return makeGroup(parent, shared.name, shared.settings);
}

/**
 * Starts a slice with the limits unless it is there; returns its name. Throws BryoError
 * `no-controller`, `bad-limit`, `no-unit`.
 */
export function startSharedSlice(
  manager: SystemdManager,
  parent: string,
  shared: SharedGroup,
): string {
  const { description, settings } = shared;
  // systemd ignores limits whose controllers it has not got.
  const top = isMachineRoot() ? cgroupRoot : delegatedGroup();
  if (top !== null) checkControllers(top, settings);
  const name = nameSlice(parent, shared.unit);
  const started = manager.startSlice({ name, description, properties: limitProperties(settings) });
  const path = join(cgroupRoot, manager.sliceGroup(name));
  try {
    if (basename(path) !== name) {
      throw new BryoError('no-scope', `systemd has made no control group for ${name}`);
    }
    leaveOther(shared, path);
    checkSettings(path, settings);
  } catch (error) {
    if (started) manager.stopIfThere(name);
    throw error;
  }
  if (shared.known !== path) shared.note(path);
  return name;
}

/**
 * Removes a shared group wherever it was made, with all that is left in it. One that does not exist
 * is fine. Throws BryoError when systemd does not let its slice go.
 */
export function removeSharedGroup(
  { unit, known }: Pick<SharedGroup, 'unit' | 'known'>,
  parent: string | null,
): void {
  if (!hasUnifiedCgroups()) return;
  if (known !== null && !isSlice(known)) removeGroup(known);
  const slice = parent ?? defaultSlice();
  // Also from a shell that does not know where the caller's manager is.
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.geteuid?.()}`;
  const socket = isSlice(slice) ? managerSocket({ XDG_RUNTIME_DIR: runtime }) : null;
  if (socket === null) return;
  const manager = new SystemdManager(socket);
  try {
    manager.stopIfThere(nameSlice(slice, unit));
  } finally {
    manager.close();
  }
}
