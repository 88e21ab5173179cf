import { scratchMounts } from '../../../container/spec/scratch.ts';
import {
  attributeWords,
  refusalWords,
  restricted,
  restrictionWords,
  settingWords,
} from '../../../container/spec/user-mounts.ts';
import {
  type BindChoices,
  type MountAttributes,
  type MountRequest,
  plainBind,
  plainTmpfs,
  type TmpfsChoices,
} from '../../../request/mounts/types.ts';
import { readVolumeInfo, volumeDataPath } from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import type { Subject } from './subject.ts';

/** A mount as podman's inspection shows it. */
export interface MountView {
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

/** Words for the attributes that were asked for. */
function givenWords(attributes: MountAttributes): string[] {
  return [
    ...(['suid', 'dev'] as const).filter((name) => attributes[name] === true),
    ...attributeWords(attributes),
  ];
}

/** The words of a bind mount or volume in podman's order: what was asked for comes first. */
function viewOptions({ recursive, attributes, propagation, chown, copyUp }: BindChoices) {
  return {
    Options: [
      ...(copyUp ? [] : ['nocopy']),
      ...(chown ? ['U'] : []),
      ...givenWords(attributes),
      ...refusalWords(attributes),
      recursive ? 'rbind' : 'bind',
    ],
    Propagation: propagation ?? 'rprivate',
  };
}

/** Of a volume or an image only what was asked for is allowed. */
function viewRestricted(how: BindChoices) {
  return viewOptions({ ...how, attributes: restricted(how.attributes) });
}

function volumeView(
  engine: Engine,
  { name, target }: { name: string; target: string },
  request: (MountRequest & { kind: 'volume' }) | undefined,
): MountView {
  const reading = readVolumeInfo(engine.store, name);
  return {
    Type: 'volume',
    Name: name,
    Source: volumeDataPath(engine.store, name),
    Destination: target,
    Driver: reading.kind === 'sound' ? (reading.value.driver ?? 'local') : 'local',
    Mode: '',
    RW: request?.readOnly !== true,
    ...viewRestricted(request?.how ?? plainBind()),
  };
}

/** Of bind mounts and of images. */
function otherView(mount: MountRequest, hardened: boolean): MountView[] {
  if (mount.kind !== 'bind' && mount.kind !== 'image') return [];
  return [
    {
      Type: mount.kind,
      Source: mount.kind === 'bind' ? mount.source : mount.image,
      Destination: mount.target,
      Driver: '',
      Mode: '',
      RW: !mount.readOnly,
      ...(mount.kind === 'bind' && !hardened
        ? viewOptions(mount.how)
        : viewRestricted(mount.kind === 'bind' ? mount.how : plainBind())),
    },
  ];
}

function otherViews(requests: readonly MountRequest[], hardened: boolean): MountView[] {
  const ofKind = (kind: MountRequest['kind']): MountView[] =>
    requests.filter((mount) => mount.kind === kind).flatMap((mount) => otherView(mount, hardened));
  return [...ofKind('bind'), ...ofKind('image')];
}

/** The volume that was asked for at a place. */
function volumeAt(requests: readonly MountRequest[], target: string) {
  const found = requests.find((mount) => mount.kind === 'volume' && mount.target === target);
  return found?.kind === 'volume' ? found : undefined;
}

/** Bind mounts and volumes; tmpfs are in HostConfig.Tmpfs, as podman has it. */
export function mountViews(engine: Engine, { record }: Pick<Subject, 'record'>): MountView[] {
  const { mounts: requests, security } = record.options;
  const volumes = record.volumes.map((volume) =>
    volumeView(engine, volume, volumeAt(requests, volume.target)),
  );
  return [...volumes, ...otherViews(requests, security.hardened)];
}

/** Mounts that nothing has been made of yet, as inspect shows them: volumes without names are to be named. */
export function requestedMountViews(
  engine: Engine,
  requests: readonly MountRequest[],
): MountView[] {
  const volumes = requests.flatMap((mount) =>
    mount.kind === 'volume' && mount.name !== null
      ? [volumeView(engine, { name: mount.name, target: mount.target }, mount)]
      : [],
  );
  return [...volumes, ...otherViews(requests, false)];
}

/** `SOURCE:TARGET:OPTIONS` of each mount, as in HostConfig.Binds: podman adds its own words to those it was given. */
export function bindWords(views: readonly MountView[]): string[] {
  return views.map((view) => {
    const added = view.Options.findIndex((word) => /^(nosuid|nodev|r?bind)$/.test(word));
    const options = [
      ...view.Options.slice(0, added),
      view.RW ? 'rw' : 'ro',
      view.Propagation,
      ...view.Options.slice(added),
    ];
    return `${view.Name ?? view.Source}:${view.Destination}:${options.join(',')}`;
  });
}

/** The words of a tmpfs in podman's order. */
function tmpfsWords(how: TmpfsChoices, readOnly: boolean): string[] {
  return [
    ...givenWords(how.attributes),
    ...settingWords(how),
    readOnly ? 'ro' : 'rw',
    'rprivate',
    ...restrictionWords(how.attributes),
    ...(how.copyUp ? ['tmpcopyup'] : []),
  ];
}

/** The options of each tmpfs by its place, as in HostConfig.Tmpfs. */
export function tmpfsObject({ record }: Subject): Record<string, string> {
  const requests = record.options.mounts;
  const taken = new Set([...requests, ...record.volumes].map(({ target }) => target));
  const own = scratchMounts(record, taken).map(
    ({ destination }) => [destination, tmpfsWords(plainTmpfs(), false)] as const,
  );
  const requested = requests.flatMap((mount) =>
    mount.kind === 'tmpfs' ? [[mount.target, tmpfsWords(mount.how, mount.readOnly)] as const] : [],
  );
  return Object.fromEntries(
    [...requested, ...own].map(([target, words]) => [target, words.join(',')]),
  );
}
