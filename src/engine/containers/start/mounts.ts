import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ResolvedMount } from '../../../container/spec/user-mounts.ts';
import { restricted } from '../../../container/spec/user-mounts.ts';
import { isHolder } from '../../../pod/records.ts';
import type { SaidOfBind } from '../../../request/mounts/bind-words.ts';
import type { SaidOfTmpfs } from '../../../request/mounts/tmpfs-words.ts';
import { type BindChoices, type MountRequest, plainBind } from '../../../request/mounts/types.ts';
import type { Store } from '../../../store/paths.ts';
import { readVolume, volumeDataPath, volumeSource } from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import { bindSource } from '../host-parts.ts';
import { withOverlays } from './overlay-mounts.ts';

/** Refuses to give away a whole home directory, or what that lies in. */
function checkGiven(source: string, { chown, overlay }: BindChoices, origin: string): void {
  if (!chown || overlay !== null) return;
  if (!`${homedir()}/`.startsWith(source === '/' ? source : `${source}/`)) return;
  throw new BryoError(
    'bad-mount',
    `${origin}: the owners of all files in ${JSON.stringify(source)} shall not change`,
    { hint: 'the option U is for a directory that a container has for itself' },
  );
}

/**
 * A bind mount keeps the flags of its source's mount, as with podman: setuid bits mean nothing beyond
 * the caller's own ids, and a device node opens to whom it lets in. A hardened container has neither.
 */
function resolveRequest(mount: MountRequest, hardened: boolean): ResolvedMount[] {
  if (mount.kind === 'volume' || mount.kind === 'image') return [];
  const { target, readOnly, origin } = mount;
  if (mount.kind === 'tmpfs') return [{ kind: 'tmpfs', target, readOnly, how: mount.how }];
  if (mount.kind === 'kernel') return [mount];
  const source = bindSource(mount);
  checkGiven(source, mount.how, origin);
  const attributes = hardened ? restricted(mount.how.attributes) : mount.how.attributes;
  const how = { ...mount.how, attributes, copyUp: false };
  const { subpath } = mount;
  return [
    { kind: 'bind', source, target, readOnly, how, ...(subpath !== undefined && { subpath }) },
  ];
}

/** The choices for a volume that is another directory: its own with those of the request. */
function combined(volume: SaidOfBind, asked: BindChoices): BindChoices {
  return {
    ...asked,
    recursive: volume.recursive && asked.recursive,
    propagation: asked.propagation ?? volume.propagation,
    attributes: { ...volume.attributes, ...asked.attributes },
    copyUp: false,
  };
}

/** The mount of a volume that is a temporary filesystem. */
function tmpfsVolume(
  name: string,
  { readOnly, ...own }: SaidOfTmpfs,
  request: VolumeRequest,
): ResolvedMount {
  const { target, how, subpath } = request;
  const special = (how.chown && 'U') || (how.overlay && 'O') || (subpath && 'subpath');
  if (special) {
    throw new BryoError('bad-volume', `volume ${name} is a tmpfs: it cannot have ${special}`);
  }
  const attributes = { ...own.attributes, ...how.attributes };
  return {
    kind: 'tmpfs',
    target,
    readOnly: readOnly || request.readOnly,
    how: { ...own, attributes },
  };
}

type VolumeRequest = Pick<
  MountRequest & { kind: 'volume' },
  'target' | 'readOnly' | 'how' | 'subpath'
>;

function volumeMount(store: Store, name: string, request: VolumeRequest): ResolvedMount {
  const { target, readOnly, subpath } = request;
  const how = { ...request.how, attributes: restricted(request.how.attributes) };
  const from = volumeSource(readVolume(store, name));
  const common = { kind: 'bind', target, ...(subpath !== undefined && { subpath }) } as const;
  switch (from.kind) {
    case 'tmpfs':
      return tmpfsVolume(name, from.said, request);
    case 'bind': {
      const origin = `volume ${name}`;
      const source = bindSource({ source: from.device });
      const said = combined(from.said, request.how);
      const together = { ...said, attributes: restricted(said.attributes) };
      checkGiven(source, together, origin);
      return { ...common, source, readOnly: readOnly || from.said.readOnly, how: together };
    }
    case 'directory': {
      const copyUp = from.copyUp && how.copyUp && subpath === undefined;
      return {
        ...common,
        source: volumeDataPath(store, name),
        readOnly,
        how: { ...how, copyUp },
      };
    }
  }
}

/** A container's bind mounts, tmpfs and volumes with their sources on the host. */
export function resolveMounts(engine: Engine, record: ContainerRecord): ResolvedMount[] {
  const { store } = engine;
  // A holder keeps the volumes of its pod, and nothing of anybody's is in it.
  if (isHolder(record)) return [];
  const { mounts, security } = record.options;
  const requested = mounts.flatMap((mount) => resolveRequest(mount, security.hardened));
  const volumes = record.volumes.map(({ name, target }): ResolvedMount => {
    const request = mounts.find((m) => m.kind === 'volume' && m.target === target);
    if (request?.kind === 'volume') return volumeMount(store, name, request);
    return volumeMount(store, name, { target, readOnly: false, how: plainBind() });
  });
  return withOverlays(engine, record, [...requested, ...volumes]);
}

/** The directory for a container's sockets; also makes its parents. */
export function makeRunDirectory(runroot: string, id: string): string {
  const directory = join(runroot, 'containers', id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
