import { scratchMounts } from '../../../container/spec/scratch.ts';
import type { OciMount } from '../../../plan/spec.ts';
import type { MountRequest } from '../../../request/mounts.ts';
import { volumeDataPath } from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import type { Subject } from './subject.ts';

interface MountView {
  Type: string;
  Name?: string;
  Source: string;
  Destination: string;
  Driver: string;
  Mode: string;
  Options: string[];
  RW: boolean;
  Propagation: string;
}

const propagations = /^r?(private|slave|shared|unbindable)$/;

/** The options that a start used, or would: those of the OCI mount when there was a start. */
function optionsOf(mounts: readonly OciMount[], target: string, given: readonly string[]) {
  const used = mounts.find(({ destination }) => destination === target)?.options;
  const all = used ?? ['nosuid', 'nodev', 'rbind', ...given];
  return {
    Options: all.filter((option) => !propagations.test(option) && !/^(ro|rw|copyup)$/.test(option)),
    Propagation: all.find((option) => propagations.test(option)) ?? 'rprivate',
  };
}

function isReadOnly(request: MountRequest | undefined): boolean {
  if (request === undefined) return false;
  return (
    ('readOnly' in request && request.readOnly === true) || request.options.includes('ro') === true
  );
}

function volumeView(
  engine: Engine,
  { name, target }: { name: string; target: string },
  request: MountRequest | undefined,
  used: readonly OciMount[],
): MountView {
  return {
    Type: 'volume',
    Name: name,
    Source: volumeDataPath(engine.store, name),
    Destination: target,
    Driver: 'local',
    Mode: '',
    RW: !isReadOnly(request),
    ...optionsOf(used, target, request?.options ?? []),
  };
}

/** Of bind mounts and of images. */
function otherView(mount: MountRequest, used: readonly OciMount[]): MountView[] {
  if (mount.kind !== 'bind' && mount.kind !== 'image') return [];
  return [
    {
      Type: mount.kind,
      Source: mount.kind === 'bind' ? mount.source : mount.image,
      Destination: mount.target,
      Driver: '',
      Mode: '',
      RW: !isReadOnly(mount),
      ...optionsOf(used, mount.target, mount.options),
    },
  ];
}

function otherViews(requests: readonly MountRequest[], used: readonly OciMount[]): MountView[] {
  const ofKind = (kind: MountRequest['kind']): MountView[] =>
    requests.filter((mount) => mount.kind === kind).flatMap((mount) => otherView(mount, used));
  return [...ofKind('bind'), ...ofKind('image')];
}

/** Bind mounts and volumes; tmpfs are in HostConfig.Tmpfs, as podman has it. */
export function mountViews(engine: Engine, { record, spec }: Subject): MountView[] {
  const used = spec?.mounts ?? [];
  const requests = record.options.mounts;
  const volumes = record.volumes.map((volume) => {
    const request = requests.find((m) => m.kind === 'volume' && m.target === volume.target);
    return volumeView(engine, volume, request, used);
  });
  return [...volumes, ...otherViews(requests, used)];
}

/** The same of mounts that nothing has been made of yet: volumes without names are to be named. */
export function requestedMountViews(
  engine: Engine,
  requests: readonly MountRequest[],
): MountView[] {
  const volumes = requests.flatMap((mount) =>
    mount.kind === 'volume' && mount.name !== null
      ? [volumeView(engine, { name: mount.name, target: mount.target }, mount, [])]
      : [],
  );
  return [...volumes, ...otherViews(requests, [])];
}

/** `SOURCE:TARGET:OPTIONS` of each mount, as in HostConfig.Binds. */
export function bindWords(views: readonly MountView[]): string[] {
  return views.map((view) => {
    const options = [view.RW ? 'rw' : 'ro', view.Propagation, ...view.Options];
    return `${view.Name ?? view.Source}:${view.Destination}:${options.join(',')}`;
  });
}

export function tmpfsObject({ record }: Subject): Record<string, string> {
  const requests = record.options.mounts;
  const taken = new Set([...requests, ...record.volumes].map(({ target }) => target));
  const own = scratchMounts(record, taken).map(({ destination, options }) => ({
    target: destination,
    words: ['rw', 'rprivate', ...options],
  }));
  const requested = requests.flatMap(({ kind, target, options }) =>
    kind === 'tmpfs' ? [{ target, words: ['rw', 'rprivate', 'nosuid', 'nodev', ...options] }] : [],
  );
  return Object.fromEntries(
    [...requested, ...own].map(({ target, words }) => [target, words.join(',')]),
  );
}
