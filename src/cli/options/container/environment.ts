import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { readEnvironment, readListFile } from '../read-values.ts';

/** Flags of `run` and `create` about the environment of the container's process. */
export const environmentOptions: readonly OptionSpec[] = [
  {
    name: 'env',
    short: 'e',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: 'set an environment variable; without a value, that of the caller',
  },
  {
    name: 'env-file',
    value: 'FILE',
    repeat: true,
    help: 'read environment variables from a file, a line each',
  },
];

/** Environment variables; what --env says holds over the files. */
export function readEnvironmentFlags(invocation: Invocation): Pick<ContainerOptions, 'env'> {
  const { texts } = invocation;
  const files = texts('env-file').flatMap((path) => readListFile('--env-file', path));
  return { env: { ...readEnvironment(files), ...readEnvironment(texts('env')) } };
}
