import { closeSync, existsSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { userMount } from '../../container/spec/user-mounts.ts';
import { launch } from '../../monitor/launch.ts';
import { settledContainerState } from '../../monitor/state.ts';
import { addon } from '../../native/addon.ts';
import { processStartTicks } from '../../native/processes.ts';
import { Waiting } from '../../native/waiting.ts';
import { compileHoldPlan } from '../../plan/compile-hold.ts';
import { encodePlan } from '../../plan/encode.ts';
import { launchError } from '../../plan/failure.ts';
import { bareMonitor } from '../../plan/monitor-input.ts';
import { containerFile } from '../../store/container-files.ts';
import { makeContentDirectory } from '../../store/store-dirs.ts';
import type { Engine } from '../engine.ts';
import { refuseMounted } from '../mounts/refuse.ts';
import { resolveMounts } from './start/mounts.ts';
import { rootfsInput } from './start/prepare.ts';
import { decideInnerMap } from './start/userns.ts';
import { lockStopped } from './stopped-lock.ts';

/** A process in whose mount namespace a container's root filesystem is. */
export interface RootAccess {
  pid: number;
  startTicks: number;
  /** Lets it go; the container is as it was before. */
  release(): Promise<void>;
}

/** Nothing is released of one that has just ended. */
function held(pid: number, release: () => Promise<void>): RootAccess {
  const startTicks = processStartTicks(pid);
  if (startTicks !== null) return { pid, startTicks, release };
  throw new BryoError('not-running', 'the container has just ended');
}

/** A container whose files are gone has just been removed. */
async function lock(engine: Engine, record: ContainerRecord): Promise<() => void> {
  try {
    const taken = await lockStopped(engine, record);
    return () => taken.release();
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new BryoError('container-busy', `container ${record.name} is in use by another command`);
  }
}

async function holdRoot(engine: Engine, record: ContainerRecord): Promise<RootAccess> {
  const unlock = await lock(engine, record);
  const native = addon();
  const [theirs, ours] = native.pipe();
  try {
    const inner = decideInnerMap(engine, record);
    const staging = containerFile(engine.store, record.id, 'merged');
    if (!existsSync(staging)) makeContentDirectory(engine.idMap(), staging, 0o700);
    // An overlay has nothing in it yet, and nobody becomes the owner of anything.
    const mounts = resolveMounts(engine, record).flatMap((mount) => {
      if (mount.kind !== 'bind' || mount.overlay !== undefined) return [];
      const how = { ...mount.how, chown: false, copyUp: false };
      return [userMount({ ...mount, how }, '')];
    });
    const plan = compileHoldPlan({
      rootfs: rootfsInput(engine, record, inner),
      userns: { kind: 'create', idMap: engine.idMap(), inner },
      monitor: bareMonitor({}),
      staging,
      mounts,
    });
    const result = await launch(encodePlan(plan), { client: null, preserved: [theirs] });
    if (result.kind === 'failed') throw launchError(plan, result);
    const { pid } = result;
    return held(pid, async () => {
      closeSync(ours);
      await new Waiting('the end of what holds the root filesystem').awaitEnd(pid);
      unlock();
    });
  } catch (error) {
    closeSync(ours);
    unlock();
    throw error;
  } finally {
    closeSync(theirs);
  }
}

/**
 * Access to a container's root filesystem with its volumes, whether it runs or not: that of its
 * process, or of one that only holds it. `release` must be called.
 */
export async function accessRoot(engine: Engine, record: ContainerRecord): Promise<RootAccess> {
  const state = await settledContainerState(engine.store, record.id);
  if ('pid' in state) return held(state.pid, async () => undefined);
  await refuseMounted(engine, record);
  return holdRoot(engine, record);
}
