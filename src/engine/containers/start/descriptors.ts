import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { mayRestart } from '../../../container/restarts.ts';
import { type InheritedDescriptors, withoutSockets } from '../../../native/inherited-fds.ts';
import type { NetworkPlan } from '../../../network/plan.ts';
import { givenDescriptors } from '../../../network/port-relay.ts';

/** The caller's descriptors of a start. */
export interface StartDescriptors {
  /** For the container's process. */
  inherited: InheritedDescriptors;
  /** Sockets that lead into its network. */
  published: readonly number[];
}

/** Sorts the caller's descriptors. Throws BryoError `usage` for those that a restart would not have again. */
export function startDescriptors(
  record: ContainerRecord,
  network: NetworkPlan,
  given: InheritedDescriptors,
): StartDescriptors {
  const published = 'ports' in network ? givenDescriptors(network.ports) : [];
  const inherited = withoutSockets(given, published);
  if (mayRestart(record) && inherited.fds.length > 0) {
    throw new BryoError(
      'usage',
      '--restart cannot be used with --preserve-fds or socket activation',
    );
  }
  return { inherited, published };
}
