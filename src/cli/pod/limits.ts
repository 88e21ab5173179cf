import { type ResourceLimits, settingsOf } from '../../cgroup/limits.ts';
import type { Invocation } from '../command.ts';
import { readNewResources, readResources, type Values } from '../options/resource-options.ts';

/** Flags of limits that a pod has as a container has them (podman-pod-create(1)). */
export const podLimitFlags: readonly string[] = [
  ...['blkio-weight', 'cpu-shares', 'cpus', 'cpuset-cpus', 'cpuset-mems', 'device-read-bps'],
  ...['device-write-bps', 'memory', 'memory-swap'],
];

/** A container has more flags than these. */
function ownValues({ text, texts }: Invocation): Values {
  const has = (name: string): boolean => podLimitFlags.includes(name);
  return {
    text: (name) => (has(name) ? text(name) : null),
    texts: (name) => (has(name) ? texts(name) : []),
  };
}

/** What flags change of the limits of a pod. */
export function readPodChanges(invocation: Invocation): ResourceLimits {
  return readResources(ownValues(invocation));
}

/** What the containers of a pod may use together; null: there is no limit. */
export function readPodLimits(invocation: Invocation): ResourceLimits | null {
  const limits = readNewResources(ownValues(invocation));
  return settingsOf(limits).length === 0 ? null : limits;
}
