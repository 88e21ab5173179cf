import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { errnoCode } from '../../../base/errors.ts';
import type { Converted } from '../../../quadlet/convert.ts';
import {
  findUnits,
  type SearchCircumstances,
  searchDirectories,
} from '../../../quadlet/discover.ts';
import type { Product } from '../../../quadlet/source.ts';
import { writeServices } from '../../../quadlet/write.ts';
import { managerSocket, SystemdManager } from '../../../systemd/manager.ts';
import { convertAll } from './convert.ts';
import { runsGenerator, writtenUnitsDirectory } from './places.ts';

/** The list of files that were written before, a path a line; it lies beside the units. */
const listName = '.bryo-units';

function removeWritten(directory: string): void {
  let list: string;
  try {
    list = readFileSync(join(directory, listName), 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return;
    throw error;
  }
  for (const path of list.split('\n').filter((line) => line !== '' && !line.includes('..'))) {
    rmSync(join(directory, path), { force: true });
    if (!path.includes('/')) continue;
    try {
      rmdirSync(dirname(join(directory, path)));
    } catch {
      // Links of another user's are still in there.
    }
  }
  rmSync(join(directory, listName));
}

export interface RefreshOptions {
  circumstances: SearchCircumstances;
  product: Product;
  /** Make systemd read its units again. */
  reload: boolean;
}

/**
 * Makes systemd know the unit files as they are now: it runs bryo's generator when that is installed
 * where it looks; else the services are written to the user's own units here.
 */
export function refreshServices(options: RefreshOptions): Converted[] {
  const { circumstances, product, reload } = options;
  const converted = convertAll(findUnits(searchDirectories(circumstances)), product);
  const directory = writtenUnitsDirectory(circumstances);
  removeWritten(directory);
  if (!runsGenerator('bryo-user-generator')) {
    const services = converted.flatMap(({ service }) => service ?? []);
    if (services.length > 0) {
      const made = writeServices(directory, services).map((path) => relative(directory, path));
      writeFileSync(join(directory, listName), `${made.join('\n')}\n`);
    }
  }
  const socket = reload ? managerSocket() : null;
  if (socket !== null) {
    const manager = new SystemdManager(socket);
    try {
      manager.reload();
    } finally {
      manager.close();
    }
  }
  return converted;
}
