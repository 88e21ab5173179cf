import { BryoError } from '../../base/errors.ts';
import { allProcessesOf } from '../../cgroup/remove.ts';
import type { ContainerState } from '../../monitor/state.ts';
import { pidNamespaceMembers } from '../../native/processes.ts';

/**
 * Pids, as the caller sees them, of a running container's processes: those in its control group,
 * else those in its pid namespace. Throws BryoError when it has neither of its own.
 */
export function containerProcesses(
  name: string,
  state: Extract<ContainerState, { status: 'running' }>,
): number[] {
  // Another OCI runtime is in the group as well.
  if (state.cgroup !== null && state.runtimePid === undefined) return allProcessesOf(state.cgroup);
  const members = pidNamespaceMembers(state.pid);
  if (members !== null) return members;
  throw new BryoError(
    'no-cgroups',
    `the processes of container ${name} cannot be told from others: it has neither a control group nor a pid namespace of its own`,
  );
}
