import { closeSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { launch } from '../monitor/launch.ts';
import { addon } from '../native/addon.ts';
import { processStartTicks } from '../native/processes.ts';
import { Waiting } from '../native/waiting.ts';
import { compileHoldPlan } from '../plan/compile-hold.ts';
import { encodePlan } from '../plan/encode.ts';
import { launchError } from '../plan/failure.ts';
import { bareMonitor } from '../plan/monitor-input.ts';
import { containerFile } from '../store/container-files.ts';
import type { TreeRoot } from '../store/tree-copy.ts';
import { type ScratchContainer, scratchRootfs } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/**
 * Does something with the files of a container in which nothing runs: a process holds them mounted meanwhile,
 * and ends with this one at the latest. `directory`: is made before that unless it is there.
 */
export async function withHeldRoot<T>(
  work: Workspace,
  container: ScratchContainer,
  use: (root: TreeRoot) => Promise<T>,
  directory: { path: string; owner: string } | null = null,
): Promise<T> {
  const { inside } = work;
  const plan = compileHoldPlan({
    rootfs: scratchRootfs(work, container),
    userns: { kind: 'create', idMap: inside.idMap(), inner: null },
    monitor: bareMonitor({}),
    staging: containerFile(inside.store, container.record.id, 'merged'),
    mounts: [],
    directory,
  });
  const [theirs, ours] = addon().pipe();
  let pid: number | null = null;
  try {
    try {
      const result = await launch(encodePlan(plan), { client: null, preserved: [theirs] });
      if (result.kind === 'failed') throw launchError(plan, result);
      pid = result.pid;
    } finally {
      closeSync(theirs);
    }
    const startTicks = processStartTicks(pid);
    if (startTicks === null) throw new BryoError('not-running', 'what holds the files has ended');
    return await use({ kind: 'container', pid, startTicks });
  } finally {
    closeSync(ours);
    if (pid !== null) await new Waiting('the end of what holds the files').awaitEnd(pid);
  }
}
