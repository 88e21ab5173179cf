import type { TortureRow } from './harness.ts';
import { concurrentPulls } from './rows/concurrent-pulls.ts';
import { parallelRuns, sameName } from './rows/crowds.ts';
import { damagedFiles } from './rows/damaged-files.ts';
import { fullDisk } from './rows/full-disk.ts';
import { killedCommit, killedLoad, killedPull, killedRmi } from './rows/killed-images.ts';
import { logFlood } from './rows/log-flood.ts';
import { manyOrphans, manySessions } from './rows/long-running.ts';
import { killedMonitor, wipedRuntime } from './rows/lost-monitors.ts';
import { racedRemovals } from './rows/removals.ts';
import { scarceResources } from './rows/scarce.ts';

/** Every row, in the order in which they run. */
export const tortureRows: readonly TortureRow[] = [
  killedPull,
  killedLoad,
  killedCommit,
  killedRmi,
  fullDisk,
  scarceResources,
  damagedFiles,
  concurrentPulls,
  parallelRuns,
  sameName,
  racedRemovals,
  logFlood,
  manySessions,
  manyOrphans,
  killedMonitor,
  wipedRuntime,
];
