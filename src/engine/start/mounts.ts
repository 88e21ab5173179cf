import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { MountRequest } from '../../container/options.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ResolvedMount } from '../../container/spec/user-mounts.ts';
import type { Store } from '../../store/paths.ts';
import { volumeDataPath } from '../../volume/volume.ts';

/** A source must be there: making one would hide a typing error (as podman does). */
function bindSource(mount: MountRequest & { kind: 'bind' }): string {
  try {
    return realpathSync(mount.source);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') {
      throw new BryoError(
        'no-mount-source',
        `cannot mount ${JSON.stringify(mount.source)} (${mount.origin}): no such file or directory`,
      );
    }
    throw new BryoError(
      'no-mount-source',
      `cannot mount ${JSON.stringify(mount.source)} (${mount.origin}): ${errnoCode(error) ?? error}`,
      { cause: error },
    );
  }
}

function resolveRequest(mount: MountRequest): ResolvedMount[] {
  if (mount.kind === 'volume') return [];
  const { kind, target, options } = mount;
  if (mount.kind === 'tmpfs') {
    const readOnly = options.includes('ro');
    return [{ kind, source: '', target, readOnly, options, copyUp: false }];
  }
  return [
    { kind, source: bindSource(mount), target, readOnly: mount.readOnly, options, copyUp: false },
  ];
}

/** A container's bind mounts, tmpfs and volumes with their sources on the host. */
export function resolveMounts(store: Store, record: ContainerRecord): ResolvedMount[] {
  const requested = record.options.mounts.flatMap(resolveRequest);
  const volumes = record.volumes.map(({ name, target }): ResolvedMount => {
    const request = record.options.mounts.find((m) => m.kind === 'volume' && m.target === target);
    const options = request?.options ?? [];
    return {
      kind: 'volume',
      source: volumeDataPath(store, name),
      target,
      readOnly: request?.kind === 'volume' && request.readOnly,
      options,
      copyUp: !options.includes('nocopy'),
    };
  });
  return [...requested, ...volumes];
}

/** The directory for a container's sockets; also makes its parents. */
export function makeRunDirectory(runroot: string, id: string): string {
  const directory = join(runroot, 'containers', id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
