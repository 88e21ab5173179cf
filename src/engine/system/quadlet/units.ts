import { BryoError } from '../../../base/errors.ts';
import {
  findUnits,
  type SearchCircumstances,
  searchDirectories,
} from '../../../quadlet/discover.ts';
import { type SourceUnit, serviceOf } from '../../../quadlet/source.ts';
import { managerSocket, SystemdManager } from '../../../systemd/manager.ts';

/** A unit file and what systemd says of its service. */
export interface ListedUnit {
  source: SourceUnit;
  service: string;
  /** `active`, `inactive`, `failed` …; `unknown` without a manager. */
  state: string;
}

export function allUnits(circumstances: SearchCircumstances): SourceUnit[] {
  return findUnits(searchDirectories(circumstances));
}

/** Finds a unit by its file name or the name of its service. Throws BryoError `no-unit-file`. */
export function findUnit(units: readonly SourceUnit[], name: string): SourceUnit {
  const found = units.find((unit) => unit.fileName === name || serviceOf(unit) === name);
  if (found !== undefined) return found;
  throw new BryoError('no-unit-file', `no unit file ${name}`, { hint: "see 'bryo quadlet list'" });
}

/** Calls with the service manager, or with null where there is none. */
export function withManager<T>(use: (manager: SystemdManager | null) => T): T {
  const socket = managerSocket();
  if (socket === null) return use(null);
  const manager = new SystemdManager(socket);
  try {
    return use(manager);
  } finally {
    manager.close();
  }
}

export function listUnits(units: readonly SourceUnit[]): ListedUnit[] {
  return withManager((manager) =>
    units.map((source) => {
      const service = serviceOf(source);
      // Of a template only instances have a state.
      const state =
        source.name.instance === '' ? 'template' : (manager?.unitState(service) ?? 'unknown');
      return { source, service, state };
    }),
  );
}
