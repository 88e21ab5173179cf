import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../../base/errors.ts';
import { addon } from '../../native/addon.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { leaseFile } from './leases.ts';

/** Whether a container has one of these addresses of a network, by the numbers of their hosts. */
function isLeased(directory: string, hosts: readonly number[]): boolean {
  let fd: number;
  try {
    fd = openSync(leaseFile(directory), 'r+');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    const { lockByte } = addon();
    return hosts.some((host) => {
      if (!lockByte(fd, 'exclusive', host, false)) return true;
      lockByte(fd, 'unlock', host, false);
      return false;
    });
  } finally {
    closeSync(fd);
  }
}

/**
 * Remains in the runtime directory of containers on networks that have ended, where the last holder of the
 * bridges was killed with them: files about the containers, and the directories of networks that are no more. Networks
 * with a container that runs have none.
 */
export function networkLeftovers(store: Store, known: ReadonlySet<string>): string[] {
  const networks = listDirectory(storePaths.runNetworks(store));
  return networks
    .filter((id) => /^[0-9a-f]{64}$/.test(id))
    .flatMap((id) => {
      const directory = storePaths.runNetwork(store, id);
      const filesIn = (part: string): string[] => listDirectory(join(directory, part));
      const hosts = filesIn('names').map(Number).filter(Number.isSafeInteger);
      if (isLeased(directory, hosts)) return [];
      if (!known.has(id)) return [directory];
      return ['names', 'policies'].flatMap((part) =>
        filesIn(part).map((name) => join(directory, part, name)),
      );
    });
}
