import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { readUserns } from '../read-values.ts';

/** Flags of `run` and `create` about the user namespace. */
export const usernsOptions: readonly OptionSpec[] = [
  {
    name: 'userns',
    value: 'MODE',
    default: 'host',
    choices: ['host', 'keep-id', 'nomap', 'auto'],
    help: 'host, keep-id[:uid=N,gid=N], nomap, auto[:size=N], container:NAME or ns:PATH',
  },
  {
    name: 'uidmap',
    value: 'CONTAINER:ID:SIZE',
    repeat: true,
    help: 'map user ids; ID counts from 0, which is the caller',
  },
  { name: 'gidmap', value: 'CONTAINER:ID:SIZE', repeat: true, help: 'map group ids' },
];

/** How ids of the container are mapped. */
export function readUsernsFlags({ text, texts }: Invocation): Pick<ContainerOptions, 'userns'> {
  return { userns: readUserns(text('userns'), texts('uidmap'), texts('gidmap')) };
}
