import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { requireSockets } from '../containers/start/required-sockets.ts';
import type { Engine } from '../engine.ts';
import { stopPod } from './lifecycle.ts';
import { startPod } from './start.ts';

/**
 * Stops all containers of a pod and starts them again. `timeout` in seconds; null: each one's own. Throws BryoError
 * `bad-port`, with the pod as it was, when the sockets that it publishes were not handed over.
 */
export async function restartPod(
  engine: Engine,
  pod: PodRecord,
  timeout: number | null,
): Promise<void> {
  const holder = membersOf(engine.store, pod.id).find(isHolder);
  if (holder !== undefined) await requireSockets(holder);
  await stopPod(engine, pod, timeout);
  await startPod(engine, pod);
}
