import { BryoError } from '../../base/errors.ts';
import { settingsOf } from '../../cgroup/limits.ts';
import type { PodRecord } from '../../pod/pod.ts';
import type { ResourceLimits } from '../../request/limits.ts';
import type { Invocation, OptionSpec } from '../command.ts';
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

/** The changes of a pod's limits. */
export function readPodChanges(invocation: Invocation): ResourceLimits {
  return readResources(ownValues(invocation));
}

export const shareParentOption: OptionSpec = {
  name: 'share-parent',
  help: 'have a control group around those of the containers: a pod with limits has one, and no other',
};

/** Throws BryoError when that the containers share a group was asked for otherwise than it is. */
export function checkShareParent(
  invocation: Invocation,
  { resources, shared }: Pick<PodRecord, 'resources' | 'shared'>,
): void {
  const { name } = shareParentOption;
  if (!invocation.given(name)) return;
  const fail = (why: string): never => {
    throw new BryoError('usage', why);
  };
  const asked = invocation.flag(name);
  if (asked && shared.includes('cgroup')) fail(`--${name} and --share cgroup exclude each other`);
  if (asked && resources === null) {
    fail(`--${name} needs a limit such as --memory: else the containers have a group each`);
  }
  if (!asked && resources !== null) {
    fail(`--${name}=false: limits of a pod are those of the group that its containers share`);
  }
}

/** The limits of the containers of a pod together; null: there are none. */
export function readPodLimits(invocation: Invocation): ResourceLimits | null {
  const limits = readNewResources(ownValues(invocation));
  return settingsOf(limits).length === 0 ? null : limits;
}
