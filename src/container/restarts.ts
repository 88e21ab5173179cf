import type { ContainerRecord } from './record.ts';

/** Whether a container's monitor may start it again, for its policy or for its health. */
export function mayRestart({ options, health }: ContainerRecord): boolean {
  if (options.restart.policy !== 'no' || health?.onFailure === 'restart') return true;
  return (health?.startup?.retries ?? 0) > 0;
}
