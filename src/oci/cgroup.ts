import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { isFrozen } from '../cgroup/freeze.ts';
import { chooseManager, type ManagerName, type Placement, planPlacement } from '../cgroup/place.ts';
import { allProcessesOf } from '../cgroup/remove.ts';
import { addon } from '../native/addon.ts';
import { mayFilterDevices } from '../native/user.ts';
import type { RuntimeConfig } from './config.ts';

/** Milliseconds. */
const pause = 5;
const patience = 500;

/** `--systemd-cgroup` and `--cgroup-manager`. */
export type RuntimeManager = ManagerName | 'disabled';

/** `slice:prefix:name`, as engines name units to a runtime; `parts` of a path for cgroupfs. */
function systemdName(path: string | null, id: string): { name: string; parent: string | null } {
  if (path === null) return { name: `bryo-oci-${id}.scope`, parent: null };
  const [slice = '', prefix = '', name = '', ...more] = path.split(':');
  if (name === '' || more.length > 0) {
    throw new BryoError(
      'bad-config',
      `invalid config.json: linux.cgroupsPath is not slice:prefix:name, as systemd needs it`,
    );
  }
  const unit = name.endsWith('.slice') ? name : `${prefix === '' ? '' : `${prefix}-`}${name}.scope`;
  return { name: unit, parent: slice === '' ? null : slice };
}

function pathName(path: string | null, id: string): { name: string; parent: string | null } {
  if (path === null) return { name: id, parent: null };
  if (path.split('/').includes('..')) {
    throw new BryoError('bad-config', 'invalid config.json: linux.cgroupsPath holds ".."');
  }
  return path.startsWith('/') && path !== '/'
    ? { name: basename(path), parent: dirname(path) }
    : { name: basename(path), parent: null };
}

/** Whether the group of a container gets a filter of devices: they are root's of the machine to give and to deny. */
export function filtersDevices(wanted: RuntimeManager): boolean {
  if (wanted === 'disabled' || !mayFilterDevices()) return false;
  return chooseManager(wanted).manager !== 'none';
}

/**
 * The control group of a bundle; null where there can be none. Limits that cannot be set there are
 * a warning and not an error, as with other runtimes without root: engines ask for some by default.
 */
export function planBundleGroup(
  id: string,
  { cgroup, warnings }: RuntimeConfig,
  wanted: RuntimeManager,
): Placement | null {
  const choice = wanted === 'disabled' ? disabled : chooseManager(wanted);
  if (choice.manager === 'none') {
    const names = cgroup.settings.map(({ origin }) => origin.replace('linux.resources.', ''));
    if (names.length > 0) {
      warnings.push(`linux.resources is not applied (${names.join(', ')}): ${choice.reason}`);
    }
    return null;
  }
  const { manager } = choice;
  const place = planPlacement(manager, {
    ...(manager === 'systemd' ? systemdName : pathName)(cgroup.path, id),
    // A caller may have made it, with limits of its own.
    unique: false,
    description: `OCI container ${id}`,
    settings: cgroup.settings,
    shared: null,
    split: false,
    monitorStays: false,
    stopTimeout: null,
  });
  return (pid, announce) => {
    try {
      const made = place(pid, (group) => {
        // Before the launcher knows of it: what that is told of goes when the start fails.
        checkUnused(group);
        announce(group);
      });
      // The payload enters it later.
      if (cgroup.deviceFilter !== null) addon().attachDeviceFilter(made, cgroup.deviceFilter());
      return made;
    } catch (cause) {
      throw notApplied(cause);
    }
  };
}

/**
 * A group that is there already may hold limits of its caller's, but no processes, for the container's would not be
 * told from them, and nothing starts in one that stands still.
 */
function checkUnused(group: string): void {
  if (!existsSync(group)) return;
  let count = allProcessesOf(group).length;
  // Processes of a container that was just ended may still be on their way out.
  for (let waited = 0; count > 0 && waited < patience; waited += pause) {
    pauseSync(pause);
    count = allProcessesOf(group).length;
  }
  if (count > 0) {
    const found = `${count} process(es) found in ${group}`;
    throw new BryoError('busy-cgroup', `container's cgroup is not empty: ${found}`);
  }
  if (isFrozen(group)) {
    throw new BryoError('busy-cgroup', `container's cgroup unexpectedly frozen: ${group}`);
  }
}

/** The reason of a failure; with the place, where that is not the caller's to change. */
function refusal(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const refused = ['EACCES', 'EPERM', 'EROFS'].includes(errnoCode(cause) ?? '');
  if (!refused) return cause.message;
  return `${'path' in cause ? `${cause.path}: ` : ''}permission denied`;
}

/** Engines look for these words of other runtimes. */
function notApplied(cause: unknown): BryoError {
  const message = `unable to apply cgroup configuration: ${refusal(cause)}`;
  return new BryoError('no-cgroup', message, {
    hint: 'rootless needs no limits + no cgrouppath when no permission is granted for cgroups',
    cause,
  });
}

const disabled = { manager: 'none', reason: 'no control group is used' } as const;
