import { isHolder } from '../../pod/records.ts';
import type { Engine } from '../engine.ts';
import { removalOrder } from './dependants.ts';
import { type ContainerView, isBeingStarted, isUp, stateName, viewContainers } from './describe.ts';
import { removeContainer } from './remove.ts';

/** The containers that do not run and that `fit`, in an order in which they can go. */
export async function idleContainers(
  engine: Engine,
  fit: (views: ContainerView[]) => Promise<ContainerView[]>,
): Promise<string[]> {
  const idle = (await fit(viewContainers(engine.store)))
    .filter(({ record, state }) => !isUp(stateName(state)) && !isHolder(record))
    .filter((view) => !isBeingStarted(view));
  return removalOrder(
    engine,
    idle.map(({ record }) => record.id),
  );
}

/** Removes one of them; null: it has gone meanwhile. Throws BryoError `container-running`, … */
export function pruneContainer(engine: Engine, id: string): Promise<string | null> {
  return removeContainer(engine, id, { force: false, ignore: true, volumes: false });
}
