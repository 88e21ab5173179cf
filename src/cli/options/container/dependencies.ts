import type { ContainerOptions } from '../../../request/container.ts';
import { readSecretFlag } from '../../../request/secrets.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { podMemberOptions, readPodMember } from '../pod-flags.ts';

/** Flags of `run` and `create` about what else the container needs. */
export const dependencyOptions: readonly OptionSpec[] = [
  ...podMemberOptions,
  {
    name: 'requires',
    value: 'CONTAINER,...',
    repeat: true,
    help: 'containers that must run before this one can; start starts them, too',
  },
  {
    name: 'secret',
    value: 'SECRET[,OPTIONS]',
    repeat: true,
    help: 'give a secret as the file /run/secrets/NAME, or type=env as a variable: target=NAME, uid=N, gid=N, mode=0444',
  },
];

/** The pod it belongs to, and the containers and secrets that must be there. */
export function readDependencies(
  invocation: Invocation,
): Pick<ContainerOptions, 'requires' | 'secrets' | 'pod' | 'initCtr'> {
  const { texts } = invocation;
  return {
    ...readPodMember(invocation),
    requires: texts('requires').flatMap((words) => words.split(',').filter(Boolean)),
    secrets: texts('secret').map(readSecretFlag),
  };
}
