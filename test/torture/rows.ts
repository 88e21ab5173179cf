import type { TortureRow } from './harness.ts';
import { crowdedBridge } from './rows/bridges.ts';
import { concurrentPulls } from './rows/concurrent-pulls.ts';
import { parallelRuns, sameName } from './rows/crowds.ts';
import { damagedFiles } from './rows/damaged-files.ts';
import { fullBuild } from './rows/full-builds.ts';
import { fullDisk, removalsOnFullDisk } from './rows/full-disk.ts';
import { fullRegistrations } from './rows/full-registrations.ts';
import { killedBuild } from './rows/killed-builds.ts';
import { killedCommit, killedLoad, killedPull, killedRmi } from './rows/killed-images.ts';
import { killedNetworks } from './rows/killed-networks.ts';
import { killedService } from './rows/killed-service.ts';
import { logFlood } from './rows/log-flood.ts';
import { manyOrphans, manySessions } from './rows/long-running.ts';
import { killedMonitor, wipedRuntime } from './rows/lost-monitors.ts';
import { killedNames, racedNames } from './rows/registrations.ts';
import { racedRemovals } from './rows/removals.ts';
import { scarceResources } from './rows/scarce.ts';
import { stuckLaunches } from './rows/stuck.ts';

/** Every row, in the order in which they run. */
export const tortureRows: readonly TortureRow[] = [
  killedPull,
  killedLoad,
  killedCommit,
  killedBuild,
  fullBuild,
  killedRmi,
  fullDisk,
  removalsOnFullDisk,
  scarceResources,
  fullRegistrations,
  damagedFiles,
  concurrentPulls,
  parallelRuns,
  sameName,
  crowdedBridge,
  killedNetworks,
  racedNames,
  killedNames,
  racedRemovals,
  logFlood,
  manySessions,
  manyOrphans,
  killedMonitor,
  killedService,
  stuckLaunches,
  wipedRuntime,
];
