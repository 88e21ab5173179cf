import type { ContainerRecord } from '../../../container/record.ts';

/**
 * Makes sure that this process can start a container: that it was handed the sockets which the container publishes
 * (`-p fd:NAME:PORT`). Asked before one that runs is stopped for a restart. Throws BryoError `bad-port`.
 */
export async function requireSockets({ options }: ContainerRecord): Promise<void> {
  const asked = options.ports.filter(({ socket }) => socket !== undefined);
  if (asked.length === 0) return;
  // Loaded here: sockets are seldom handed over.
  const { givenPorts } = await import('../../../network/given-sockets.ts');
  for (const request of asked) givenPorts(request);
}
