import { BryoError } from '../../base/errors.ts';
import { freezeIfThere, thawIfThere } from '../../cgroup/freeze.ts';
import { findRecord } from '../../container/records.ts';
import { settledContainerState } from '../../monitor/state.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent } from '../events.ts';

/** The control group of a running container. Throws BryoError `not-running`, `no-cgroups`. */
async function groupOf(engine: Engine, nameOrId: string, verb: string) {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running') {
    throw new BryoError(
      'not-running',
      `cannot ${verb} container ${nameOrId}: it is ${state.status}, not running`,
    );
  }
  if (state.cgroup === null) {
    throw new BryoError(
      'no-cgroups',
      `cannot ${verb} container ${nameOrId}: it has no control group`,
      {
        hint: "see 'bryo doctor'",
      },
    );
  }
  return { cgroup: state.cgroup, paused: state.paused };
}

function requireThere(isThere: boolean, nameOrId: string, verb: string): void {
  if (isThere) return;
  throw new BryoError('not-running', `cannot ${verb} container ${nameOrId}: it has just ended`);
}

/** Makes all processes of a container stand still. */
export async function pauseContainer(engine: Engine, nameOrId: string): Promise<string> {
  const { cgroup, paused } = await groupOf(engine, nameOrId, 'pause');
  if (paused) throw new BryoError('paused', `container ${nameOrId} is already paused`);
  requireThere(freezeIfThere(cgroup), nameOrId, 'pause');
  recordContainerEvent(engine, findRecord(engine.store, nameOrId), 'pause');
  return nameOrId;
}

/** Lets a paused container go on. */
export async function unpauseContainer(engine: Engine, nameOrId: string): Promise<string> {
  const { cgroup, paused } = await groupOf(engine, nameOrId, 'unpause');
  if (!paused) throw new BryoError('not-paused', `container ${nameOrId} is not paused`);
  requireThere(thawIfThere(cgroup), nameOrId, 'unpause');
  recordContainerEvent(engine, findRecord(engine.store, nameOrId), 'unpause');
  return nameOrId;
}
