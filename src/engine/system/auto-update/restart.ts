import { BryoError } from '../../../base/errors.ts';
import { managerSocket, SystemdManager } from '../../../systemd/manager.ts';
import { viewContainers } from '../../containers/describe.ts';
import type { Engine } from '../../engine.ts';
import { unitLabel } from './candidates.ts';
import type { UnitRestarter } from './update.ts';

const pause = 200;

/** Restarts a unit, and says whether systemd calls it active then. */
function restartUnit(unit: string): boolean {
  const socket = managerSocket();
  if (socket === null) throw new BryoError('no-manager', 'no systemd manager answers');
  const manager = new SystemdManager(socket);
  try {
    return manager.changeUnit('Restart', unit) === 'done' && manager.unitState(unit) === 'active';
  } finally {
    manager.close();
  }
}

/** Waits for the first verdicts of health checks; true when all are good. */
async function becomesHealthy(engine: Engine, unit: string): Promise<boolean> {
  for (;;) {
    const members = viewContainers(engine.store).filter(
      ({ record }) => record.options.labels[unitLabel] === unit,
    );
    const states = members.map(({ record, state, health }) => {
      if (state.status !== 'running') return 'unhealthy';
      // Checks that are made only when somebody asks say nothing by themselves.
      return health === 'starting' && record.health?.interval === 0 ? 'healthy' : health;
    });
    if (states.includes('unhealthy')) return false;
    if (!states.includes('starting')) return true;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Restarts units by the caller's service manager. Throws BryoError `no-manager`. */
export function systemdRestarter(engine: Engine): UnitRestarter {
  return { restart: async (unit) => restartUnit(unit) && (await becomesHealthy(engine, unit)) };
}
