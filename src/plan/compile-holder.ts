import {
  inheritanceHeaders,
  nameOps,
  namespaceHeaders,
  networkHeader,
  networkOps,
  rootOp,
  usernsHeader,
} from './compile.ts';
import { compileMount, type MountOps, nullSlot } from './compile-mounts.ts';
import { mountPropagation } from './flags.ts';
import type { LaunchInput } from './launch-input.ts';
import { monitorHeader } from './monitor-input.ts';
import type { ContainerOp, LaunchPlan } from './ops.ts';
import type { OciSpec } from './spec.ts';

/**
 * Compiles the plan of a process that holds the namespaces of a pod. Its root is an empty directory
 * with nothing but the pod's /dev/shm, and it may do nothing.
 */
export function compileHolderPlan(spec: OciSpec, input: LaunchInput): LaunchPlan {
  const mounts: MountOps = { storage: [], container: [], readonly: [], nextSlot: nullSlot + 1 };
  for (const mount of spec.mounts) {
    if (mount.destination === '/dev/shm') compileMount(mount, mounts);
  }
  const container: ContainerOp[] = [
    { op: 'enterRoot', staging: input.files.staging, propagation: mountPropagation['slave'] ?? 0n },
    ...mounts.container,
    ...nameOps(spec),
    ...networkOps(spec),
    ...Object.entries(spec.linux.sysctl).map(
      ([key, value]) => ({ op: 'sysctl', key, value }) as const,
    ),
    { op: 'barrier' },
    { op: 'pivot', cover: false },
    { op: 'workdir', path: '/', again: false },
    {
      op: 'credentials',
      user: '0:0',
      groups: [],
      keepGroups: false,
      bounding: 0n,
      effective: 0n,
      permitted: 0n,
      inheritable: 0n,
      ambient: 0n,
    },
    { op: 'noNewPrivs' },
    { op: 'pause' },
  ];
  return [
    ...usernsHeader(input.userns),
    ...namespaceHeaders(spec),
    monitorHeader(input.monitor, false),
    ...networkHeader(input),
    ...inheritanceHeaders(input.process, input.cgroup, input.watchers.events),
    rootOp(input.files.rootfs, input.files.staging),
    ...mounts.storage,
    ...container,
  ];
}
