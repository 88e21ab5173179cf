import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { readSecretFlag } from '../secret-flag.ts';

/** Flags of `run` and `create` about what else the container needs. */
export const dependencyOptions: readonly OptionSpec[] = [
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

/** Containers and secrets that must be there. */
export function readDependencies(
  invocation: Invocation,
): Pick<ContainerOptions, 'requires' | 'secrets'> {
  const { texts } = invocation;
  return {
    requires: texts('requires').flatMap((words) => words.split(',').filter(Boolean)),
    secrets: texts('secret').map(readSecretFlag),
  };
}
