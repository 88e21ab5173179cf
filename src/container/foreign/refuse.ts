import { BryoError } from '../../base/errors.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { isOwn } from '../../request/namespaces.ts';
import type { ContainerHealth } from '../health.ts';

/**
 * Refuses what bryo does itself within a container, where another OCI runtime runs that. Throws BryoError
 * `unsupported`.
 */
export function refuseForeign(options: ContainerOptions, health: ContainerHealth | null): void {
  const { network, security, userns } = options;
  const joined = [options.pid, options.ipc, options.uts, options.cgroupns];
  const foreign: [boolean, string][] = [
    [options.pod !== null, '--pod'],
    [options.init, '--init'],
    [security.hardened, '--hardened'],
    [health !== null, 'a health check'],
    [network.mode === 'container' || network.mode === 'path', `--network ${network.mode}`],
    [userns.mode === 'container' || userns.mode === 'path', `--userns ${userns.mode}`],
    [
      joined.some((mode) => !isOwn(mode) && mode !== 'host' && mode !== 'none'),
      'a namespace of another',
    ],
    [options.groupAdd.includes('keep-groups'), '--group-add keep-groups'],
    [options.personality !== null, '--personality'],
  ];
  const [first] = foreign.filter(([asked]) => asked);
  if (first === undefined) return;
  throw new BryoError(
    'unsupported',
    `--runtime ${options.runtime}: ${first[1]} needs bryo's own runtime`,
  );
}
