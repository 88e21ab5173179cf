import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { MountRequest } from '../../container/options.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ResolvedMount } from '../../container/spec/user-mounts.ts';
import type { Store } from '../../store/paths.ts';
import { readVolume, volumeDataPath } from '../../volume/volume.ts';
import { readVolumeOptions } from '../../volume/volume-options.ts';

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

function volumeMount(
  store: Store,
  name: string,
  { target, readOnly, options }: { target: string; readOnly: boolean; options: string[] },
): ResolvedMount {
  const from = readVolumeOptions(readVolume(store, name).options ?? {});
  const common = { target, readOnly };
  switch (from.kind) {
    case 'tmpfs': {
      const words = readOnly ? [...from.options, 'ro'] : from.options;
      return { kind: 'tmpfs', source: '', ...common, options: words, copyUp: false };
    }
    case 'bind': {
      const origin = `volume ${name}`;
      const words = [...from.options, ...options];
      const request = {
        ...common,
        kind: 'bind',
        source: from.device,
        options: words,
        origin,
      } as const;
      return {
        kind: 'bind',
        source: bindSource(request),
        target,
        readOnly: readOnly || words.includes('ro'),
        options: words,
        copyUp: false,
      };
    }
    case 'directory':
      return {
        kind: 'volume',
        source: volumeDataPath(store, name),
        ...common,
        options,
        copyUp: !options.includes('nocopy'),
      };
  }
}

/** A container's bind mounts, tmpfs and volumes with their sources on the host. */
export function resolveMounts(store: Store, record: ContainerRecord): ResolvedMount[] {
  const requested = record.options.mounts.flatMap(resolveRequest);
  const volumes = record.volumes.map(({ name, target }): ResolvedMount => {
    const request = record.options.mounts.find((m) => m.kind === 'volume' && m.target === target);
    const readOnly = request?.kind === 'volume' && request.readOnly;
    return volumeMount(store, name, { target, readOnly, options: request?.options ?? [] });
  });
  return [...requested, ...volumes];
}

/** The directory for a container's sockets; also makes its parents. */
export function makeRunDirectory(runroot: string, id: string): string {
  const directory = join(runroot, 'containers', id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
