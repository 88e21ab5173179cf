import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { type ContainerState, settledContainerState } from '../../../monitor/state.ts';
import { libexecPath } from '../../../native/locate.ts';
import { processStartTicks } from '../../../native/processes.ts';
import { runProgram } from '../../../native/run.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Engine } from '../../engine.ts';
import { isStoppedOnPurpose } from './restart-files.ts';
import { startContainer } from './start.ts';

/** The words by which another command finds what this one works on; the rest is in the environment. */
function globalWords(engine: Engine): string[] {
  const { store, storageDriver, cgroupManager } = engine;
  const words = ['--root', store.root, '--runroot', store.runroot, '--tmpdir', engine.tmpdir];
  words.push('--network-config-dir', engine.networkConfigDir);
  words.push('--events-backend', engine.eventsBackend);
  if (store.volumes !== undefined) words.push('--volumepath', store.volumes);
  if (storageDriver !== null) words.push('--storage-driver', storageDriver);
  if (engine.mountProgram !== null) {
    words.push('--storage-opt', `overlay.mount_program=${engine.mountProgram}`);
  }
  if (cgroupManager !== null) words.push('--cgroup-manager', cgroupManager);
  return words;
}

/**
 * Has a container started again once it has ended, whose monitor has kept nothing to do so: a process of its own waits
 * for the monitor's end and then does what `bryo container cleanup --restart` does. Throws BryoError.
 */
export function restartOnceEnded(engine: Engine, id: string, monitorPid: number): void {
  const ticks = processStartTicks(monitorPid);
  if (ticks === null) return;
  const launcher = libexecPath('bryo-launcher');
  const wait = ['--lock', containerFile(engine.store, id, 'restartLock')];
  const target = ['--target', `${monitorPid}:${ticks}`];
  const bryo = libexecPath('bryo');
  const command = [bryo, ...globalWords(engine), 'container', 'cleanup', '--restart', id];
  const { exitCode, stderr } = runProgram({
    path: launcher,
    argv: ['bryo-launcher', 'await-end', ...wait, ...target, '--', ...command],
  });
  if (exitCode === 0) return;
  const text = `cannot wait for the end of container ${id.slice(0, 12)}: ${stderr.trim()}`;
  throw new BryoError('launch-failed', text);
}

type Ended = Extract<ContainerState, { status: 'exited' }>;

function isWanted(policy: string, max: number, state: Ended): boolean {
  if (state.restarting !== null) return false;
  if (policy === 'on-failure') {
    return state.exitCode !== 0 && (max === 0 || state.restarts < max);
  }
  return policy !== 'no';
}

/** Starts a container that has ended again where its policy wants that and nobody has stopped it. True: it has. */
export async function restartEnded(engine: Engine, nameOrId: string): Promise<boolean> {
  const record = findRecord(engine.store, nameOrId);
  const { policy, max } = record.options.restart;
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'exited' || !isWanted(policy, max, state)) return false;
  if (isStoppedOnPurpose(engine.store, record.id)) return false;
  const restarts = state.restarts + 1;
  await startContainer(engine, record, { attached: false, size: null, restarts });
  return true;
}
