import { BryoError } from '../../../base/errors.ts';
import { availableControllers, cgroupRoot, hasUnifiedCgroups } from '../../../cgroup/hierarchy.ts';
import { settingsOf } from '../../../cgroup/limits.ts';
import { chooseManager, type Placement, planPlacement } from '../../../cgroup/place.ts';
import type { SharedGroup } from '../../../cgroup/shared.ts';
import { type Config, configNumber } from '../../../config/config.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ResourceLimits } from '../../../request/limits.ts';
import type { Engine } from '../../engine.ts';
import { podGroupOf } from '../pod-group.ts';

/** As podman's: a fork bomb ends here, and hardly anything else does. */
const defaultPids = 2048;

/** Throws BryoError `no-cgroups` when something was asked for that only a control group can do. */
function withoutGroup(
  { options }: ContainerRecord,
  shared: SharedGroup | null,
  reason: string,
): null {
  // A limit that is none holds without a group.
  const first = [...settingsOf(options.resources), ...(shared?.settings ?? [])].find(
    ({ value }) => !/^max\b/.test(value),
  );
  const asked =
    first?.origin ??
    (options.cgroupParent !== null ? '--cgroup-parent' : null) ??
    (options.cgroups === 'split' && hasUnifiedCgroups() ? '--cgroups=split' : null);
  if (asked === null) return null;
  throw new BryoError('no-cgroups', `${asked} cannot be had: ${reason}`, {
    hint: "see 'bryo doctor'",
  });
}

/** The limit of a container that asks for none; null: there is none. */
function usualPids(config: Config): number | null {
  const configured = configNumber(config, 'containers.pids_limit');
  if (configured === null) return defaultPids;
  return configured > 0 ? configured : null;
}

function withDefaults(limits: ResourceLimits, config: Config): ResourceLimits {
  const hasPids = availableControllers(cgroupRoot).includes('pids');
  if (!hasPids && limits.pids === -1) return { ...limits, pids: null };
  return limits.pids === null && hasPids ? { ...limits, pids: usualPids(config) } : limits;
}

/**
 * Decides on a container's control group; null: it stays in the caller's. Throws BryoError for
 * limits that cannot be had.
 */
export function decideCgroup(engine: Engine, record: ContainerRecord): Placement | null {
  const { options } = record;
  const shared = podGroupOf(engine, record);
  if (options.cgroups === 'disabled') {
    return withoutGroup(record, shared, 'with --cgroups=disabled');
  }
  const manager = record.cgroupManager ?? engine.cgroupManager;
  if (manager === 'disabled') {
    return withoutGroup(record, shared, 'with --cgroup-manager=disabled');
  }
  const choice = chooseManager(manager);
  if (choice.manager === 'none') {
    // Every service asks to be split, that of a machine without such groups too: there all of it stays
    // where it is, which is as well.
    const level = options.cgroups === 'split' && !hasUnifiedCgroups() ? 'warn' : 'debug';
    engine.log(level, `no control group: ${choice.reason}`);
    return withoutGroup(record, shared, choice.reason);
  }
  const monitorStays = options.cgroups === 'no-conmon';
  // A scope is made of a process that goes into it.
  const maker = monitorStays ? 'cgroupfs' : choice.manager;
  return planPlacement(maker, {
    name: maker === 'systemd' ? `bryo-${record.id}.scope` : `bryo-${record.id}`,
    unique: true,
    description: `bryo container ${record.name}`,
    parent: options.cgroupParent,
    settings: settingsOf(withDefaults(options.resources, engine.config)),
    shared,
    split: options.cgroups === 'split',
    monitorStays,
    // With 0 nobody would be asked first.
    stopTimeout: Math.max(options.stopTimeout, 1),
  });
}
