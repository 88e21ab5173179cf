import { BryoError } from '../../../base/errors.ts';
import { dependenciesOf } from '../../../container/dependencies.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { findRecord, readRecord } from '../../../container/records.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { mapJoinedContainers } from '../../../request/joined.ts';
import type { Store } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';

/** The options with the ids of the containers that they name: a name may change. */
export function resolveDependencies(store: Store, options: ContainerOptions): ContainerOptions {
  const id = (name: string): string => findRecord(store, name).id;
  checkSharesIpc(store, options);
  return { ...mapJoinedContainers(options, id), requires: options.requires.map(id) };
}

/** Refuses the IPC namespace of a container that keeps its own for itself. */
function checkSharesIpc(store: Store, { ipc }: ContainerOptions): void {
  if (typeof ipc === 'string' || 'path' in ipc) return;
  const owner = findRecord(store, ipc.container);
  if (owner.options.ipc !== 'private') return;
  throw new BryoError(
    'bad-flag-value',
    `joining IPC of container ${owner.id} is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}

const racing: readonly string[] = ['already-running', 'container-busy'];

/**
 * Starts what a container depends on and does not run, the deepest first (podman-start(1)). `start`
 * does it for one. Throws BryoError `no-such-container` for a dependency that was removed.
 */
export async function startDependencies(
  engine: Engine,
  record: ContainerRecord,
  start: (dependency: ContainerRecord) => Promise<unknown>,
): Promise<void> {
  for (const id of dependenciesOf(record)) {
    const dependency = readRecord(engine.store, id);
    if (dependency === null) {
      throw new BryoError(
        'no-such-container',
        `container ${record.name} depends on container ${id.slice(0, 12)}, which was removed`,
      );
    }
    await startUnlessRunning(engine, dependency, start);
  }
}

/** Starts a container unless it runs, or another command is about to start it, and then waits for that. */
export async function startUnlessRunning(
  engine: Engine,
  record: ContainerRecord,
  start: (record: ContainerRecord) => Promise<unknown>,
): Promise<void> {
  const runs = async (): Promise<boolean> =>
    (await settledContainerState(engine.store, record.id)).status === 'running';
  if (await runs()) return;
  try {
    await start(record);
  } catch (error) {
    const raced = error instanceof BryoError && racing.includes(error.code);
    if (!raced || !(await runs())) throw error;
  }
}
