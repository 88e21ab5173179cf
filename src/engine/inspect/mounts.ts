import type { MountRequest } from '../../container/options.ts';
import type { OciMount } from '../../plan/spec.ts';
import { volumeDataPath } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
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

/** Bind mounts and volumes; tmpfs are in HostConfig.Tmpfs, as podman has it. */
export function mountViews(engine: Engine, { record, spec }: Subject): MountView[] {
  const used = spec?.mounts ?? [];
  const requests = record.options.mounts;
  const volumes = record.volumes.map(({ name, target }): MountView => {
    const request = requests.find((m) => m.kind === 'volume' && m.target === target);
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
  });
  const binds = requests.flatMap((mount): MountView[] => {
    if (mount.kind !== 'bind') return [];
    return [
      {
        Type: 'bind',
        Source: mount.source,
        Destination: mount.target,
        Driver: '',
        Mode: '',
        RW: !isReadOnly(mount),
        ...optionsOf(used, mount.target, mount.options),
      },
    ];
  });
  const images = requests.flatMap((mount): MountView[] => {
    if (mount.kind !== 'image') return [];
    return [
      {
        Type: 'image',
        Source: mount.image,
        Destination: mount.target,
        Driver: '',
        Mode: '',
        RW: !mount.readOnly,
        ...optionsOf(used, mount.target, mount.options),
      },
    ];
  });
  return [...volumes, ...binds, ...images];
}

/** `SOURCE:TARGET:OPTIONS` of each mount, as in HostConfig.Binds. */
export function bindWords(views: readonly MountView[]): string[] {
  return views.map((view) => {
    const options = [view.RW ? 'rw' : 'ro', view.Propagation, ...view.Options];
    return `${view.Name ?? view.Source}:${view.Destination}:${options.join(',')}`;
  });
}

export function tmpfsObject({ record }: Subject): Record<string, string> {
  return Object.fromEntries(
    record.options.mounts.flatMap((mount) =>
      mount.kind === 'tmpfs'
        ? [[mount.target, ['rw', 'rprivate', 'nosuid', 'nodev', ...mount.options].join(',')]]
        : [],
    ),
  );
}
