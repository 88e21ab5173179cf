/** As podman says it (podman-pod-ps(1), "status"). */
export type PodStatus =
  | 'Created'
  | 'Running'
  | 'Degraded'
  | 'Paused'
  | 'Stopped'
  | 'Exited'
  | 'Damaged';

/**
 * The status of a pod, from those of its containers (in the words of `ps`): Running when all run,
 * Degraded when only some do.
 */
export function podStatus(states: readonly string[]): PodStatus {
  const count = (...names: string[]): number =>
    states.filter((state) => names.includes(state)).length;
  const running = count('running', 'starting', 'restarting');
  const paused = count('paused');
  const ended = count('exited', 'stopped');
  if (states.length === 0) return 'Created';
  if (running === states.length) return 'Running';
  if (running > 0) return 'Degraded';
  if (paused === states.length) return 'Paused';
  if (paused > 0) return 'Degraded';
  if (ended === states.length) return 'Exited';
  return ended > 0 ? 'Stopped' : 'Created';
}
