import { readContainerState, settledContainerState } from '../../monitor/state.ts';
import { addon } from '../../native/addon.ts';
import { processStartTicks } from '../../native/processes.ts';
import { isHolder, listPods, membersOf } from '../../pod/records.ts';
import { exitCodeOf } from '../containers/describe.ts';
import { waitContainer } from '../containers/wait.ts';
import type { Engine } from '../engine.ts';
import { stopPod } from '../pods/lifecycle.ts';
import type { PlayedPod } from './play-pod.ts';

/** Which failures of containers are a failure of the service: none, any one, or that of all. */
export const propagations = ['none', 'any', 'all'] as const;
export type Propagation = (typeof propagations)[number];

/** Tells the service manager that the pods run (sd_notify(3)); nothing happens where none listens. */
export function tellReady(engine: Engine, environment: NodeJS.ProcessEnv = process.env): void {
  const address = environment['NOTIFY_SOCKET'] ?? '';
  if (!/^[@/]./.test(address)) return;
  try {
    addon().sendDatagram(address, Buffer.from(`MAINPID=${process.pid}\nREADY=1`));
  } catch (error) {
    engine.log('warn', `the service manager at ${address} does not listen: ${String(error)}`);
  }
}

/** Waits until all containers of all pods have ended, which ends what holds their namespaces. */
export async function awaitPods(engine: Engine, pods: readonly PlayedPod[]): Promise<void> {
  const holders = pods.flatMap(({ infraId }) => infraId ?? []);
  await Promise.all(
    holders.map((id) => waitContainer(engine, id, { conditions: ['stopped'], interval: 250 })),
  );
}

/** The processes that end with the pods, as the launcher takes them: PID:TICKS. Pods that have ended have none. */
export function processesOf({ store }: Engine, pods: readonly PlayedPod[]): string[] {
  return pods.flatMap(({ infraId }) => {
    const state = infraId === null ? null : readContainerState(store, infraId);
    if (state === null || !('monitorPid' in state)) return [];
    const ticks = processStartTicks(state.monitorPid);
    return ticks === null ? [] : [`${state.monitorPid}:${ticks}`];
  });
}

/** Stops the pods of these ids that are still there, each container in its own time. */
export async function stopPods(engine: Engine, ids: readonly string[]): Promise<void> {
  for (const pod of listPods(engine.store)) {
    if (ids.includes(pod.id)) await stopPod(engine, pod, null);
  }
}

/** Whether the containers of pods that have ended have failed so that their service has. */
export async function hasFailed(
  { store }: Engine,
  ids: readonly string[],
  propagation: Propagation,
): Promise<boolean> {
  const members = ids.flatMap((id) => membersOf(store, id).filter((record) => !isHolder(record)));
  const states = await Promise.all(members.map(({ id }) => settledContainerState(store, id)));
  const failed = states.filter((state) => exitCodeOf(state) !== 0).length;
  if (propagation === 'any') return failed > 0;
  return propagation === 'all' && failed > 0 && failed === states.length;
}
