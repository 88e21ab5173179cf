import type { DriverRootfs } from '../store/drivers/driver.ts';
import { rootOp, usernsHeader } from './compile.ts';
import { compileMount, type MountOps, nullSlot, parentsFirst } from './compile-mounts.ts';
import { cloneFlags, mountPropagation } from './flags.ts';
import type { UsernsInput } from './launch-input.ts';
import { type MonitorInput, monitorHeader } from './monitor-input.ts';
import type { LaunchPlan } from './ops.ts';
import type { OciMount } from './spec.ts';

/** A root filesystem that is to be there without anything running in it. */
export interface HoldInput {
  rootfs: DriverRootfs;
  userns: UsernsInput;
  monitor: MonitorInput;
  staging: string;
  /** The container's own mounts; nothing else is mounted. */
  mounts: readonly OciMount[];
  /** A directory that is made unless it is there, with the user whose it becomes; absent: none. */
  directory?: { path: string; owner: string } | null;
}

/** Compiles the plan of a process that holds a root filesystem until its first descriptor ends. */
export function compileHoldPlan(input: HoldInput): LaunchPlan {
  const mounts: MountOps = { storage: [], container: [], readonly: [], nextSlot: nullSlot + 1 };
  for (const mount of parentsFirst(input.mounts)) compileMount(mount, mounts);
  return [
    ...usernsHeader(input.userns),
    { op: 'namespaces', flags: cloneFlags.mount | cloneFlags.pid | cloneFlags.network },
    monitorHeader(input.monitor, false),
    { op: 'preservedFds', numbers: [3] },
    rootOp(input.rootfs, input.staging),
    ...mounts.storage,
    { op: 'enterRoot', staging: input.staging, propagation: mountPropagation['slave'] ?? 0n },
    ...mounts.container,
    ...(input.directory ? [{ op: 'makeDir', mode: 0o755, ...input.directory } as const] : []),
    { op: 'barrier' },
    { op: 'pivot', cover: false },
    { op: 'hold' },
  ];
}
