import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ResolvedMount } from '../../../container/spec/user-mounts.ts';
import { isHolder } from '../../../pod/records.ts';
import type { MountRequest } from '../../../request/mounts.ts';
import type { Store } from '../../../store/paths.ts';
import { readVolume, volumeDataPath } from '../../../volume/volume.ts';
import { readVolumeOptions } from '../../../volume/volume-options.ts';
import type { Engine } from '../../engine.ts';
import { bindSource } from '../host-parts.ts';
import { withOverlays } from './overlay-mounts.ts';

/** Nobody means to give away a whole home directory, or what that lies in. */
function checkGiven(source: string, { options, origin }: MountRequest & { kind: 'bind' }): void {
  if (!options.includes('U') || options.includes('O')) return;
  if (!`${homedir()}/`.startsWith(source === '/' ? source : `${source}/`)) return;
  throw new BryoError(
    'bad-mount',
    `${origin}: the owners of all files in ${JSON.stringify(source)} shall not change`,
    { hint: 'the option U is for a directory that a container has for itself' },
  );
}

function resolveRequest(mount: MountRequest): ResolvedMount[] {
  if (mount.kind === 'volume' || mount.kind === 'image') return [];
  const { kind, target, options } = mount;
  if (mount.kind === 'tmpfs') {
    const readOnly = options.includes('ro');
    return [{ kind, source: '', target, readOnly, options, copyUp: false }];
  }
  const source = bindSource(mount);
  checkGiven(source, mount);
  return [{ kind, source, target, readOnly: mount.readOnly, options, copyUp: false }];
}

function volumeMount(
  store: Store,
  name: string,
  request: { target: string; readOnly: boolean; options: string[]; subpath?: string },
): ResolvedMount {
  const { target, readOnly, options, subpath } = request;
  const from = readVolumeOptions(readVolume(store, name).options ?? {});
  const common = { target, readOnly, ...(subpath !== undefined && { subpath }) };
  switch (from.kind) {
    case 'tmpfs': {
      const special =
        options.find((word) => word === 'U' || word === 'O') ?? (subpath && 'subpath');
      if (special) {
        throw new BryoError('bad-volume', `volume ${name} is a tmpfs: it cannot have ${special}`);
      }
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
        ...common,
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
        copyUp: from.copyUp && !options.includes('nocopy') && subpath === undefined,
      };
  }
}

/** A container's bind mounts, tmpfs and volumes with their sources on the host. */
export function resolveMounts(engine: Engine, record: ContainerRecord): ResolvedMount[] {
  const { store } = engine;
  // It keeps the volumes of its pod, and nothing of anybody's is in it.
  if (isHolder(record)) return [];
  const requested = record.options.mounts.flatMap(resolveRequest);
  const volumes = record.volumes.map(({ name, target }): ResolvedMount => {
    const request = record.options.mounts.find((m) => m.kind === 'volume' && m.target === target);
    if (request?.kind === 'volume') return volumeMount(store, name, request);
    return volumeMount(store, name, { target, readOnly: false, options: [] });
  });
  return withOverlays(engine, record, [...requested, ...volumes]);
}

/** The directory for a container's sockets; also makes its parents. */
export function makeRunDirectory(runroot: string, id: string): string {
  const directory = join(runroot, 'containers', id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
