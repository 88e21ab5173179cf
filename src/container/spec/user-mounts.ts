import type { OciMount, OverlayMount } from '../../plan/spec.ts';
import type {
  BindChoices,
  KernelChoices,
  KernelFilesystem,
  MountAttributes,
  TmpfsChoices,
} from '../../request/mounts/types.ts';

/** A bind mount, volume or tmpfs with its source decided. */
export type ResolvedMount = { target: string; readOnly: boolean } & (
  | { kind: 'tmpfs'; how: TmpfsChoices }
  | { kind: 'kernel'; filesystem: KernelFilesystem; how: KernelChoices }
  | {
      kind: 'bind';
      /** Host path. */
      source: string;
      /** `copyUp` is decided: only of a volume. */
      how: BindChoices;
      /** Layers instead of the source. */
      overlay?: OverlayMount;
      /** Only what lies at this path in the source. */
      subpath?: string;
    }
);

/** The attributes of a mount whose files do what was asked to be allowed, and nothing else. */
export function restricted(attributes: MountAttributes): MountAttributes {
  return { suid: false, dev: false, ...attributes };
}

/** Words that take away what was asked to be taken away. */
export function refusalWords({ suid, dev }: MountAttributes): string[] {
  return [...(suid === false ? ['nosuid'] : []), ...(dev === false ? ['nodev'] : [])];
}

/** Words that take away what nobody has asked to be allowed. */
export function restrictionWords({ suid, dev }: MountAttributes): string[] {
  return [...(suid === true ? [] : ['nosuid']), ...(dev === true ? [] : ['nodev'])];
}

/** Words for the other attributes that were asked for. */
export function attributeWords({ exec, atime }: MountAttributes): string[] {
  return [
    ...(exec === undefined ? [] : [exec ? 'exec' : 'noexec']),
    ...(atime === undefined ? [] : ['noatime']),
  ];
}

/** `key=value` for each setting of a tmpfs. */
export function settingWords({ settings }: TmpfsChoices): string[] {
  return Object.entries(settings).map(([key, value]) => `${key}=${value}`);
}

function bindOptions(how: BindChoices, readOnly: boolean): string[] {
  return [
    ...(how.recursive ? ['rbind'] : []),
    ...refusalWords(how.attributes),
    ...attributeWords(how.attributes),
    how.propagation ?? 'rprivate',
    ...(how.copyUp ? ['copyup'] : []),
    ...(readOnly ? ['ro'] : []),
  ];
}

function tmpfsOptions(how: TmpfsChoices, readOnly: boolean): string[] {
  return [
    ...restrictionWords(how.attributes),
    ...attributeWords(how.attributes),
    ...settingWords(how),
    ...(readOnly ? ['ro'] : []),
    ...(how.copyUp ? ['tmpcopyup'] : []),
  ];
}

/** Terminals are nodes that open, and no programs. */
function kernelOptions(filesystem: KernelFilesystem, how: KernelChoices, readOnly: boolean) {
  const terminals = filesystem === 'devpts';
  const attributes = terminals ? { dev: true, exec: false, ...how.attributes } : how.attributes;
  return [
    ...restrictionWords(attributes),
    ...attributeWords(attributes),
    ...how.settings,
    ...(readOnly ? ['ro'] : []),
  ];
}

/**
 * The OCI mount of a user's request. A source keeps the flags of its own mount, besides what was asked
 * for. Files that are to change hands become those of `user`.
 */
export function userMount(mount: ResolvedMount, user: string): OciMount {
  const { target: destination, readOnly } = mount;
  if (mount.kind === 'tmpfs') {
    const options = tmpfsOptions(mount.how, readOnly);
    return { destination, type: 'tmpfs', source: 'tmpfs', options };
  }
  if (mount.kind === 'kernel') {
    const { filesystem: type, how } = mount;
    return { destination, type, source: type, options: kernelOptions(type, how, readOnly) };
  }
  const { source, how, overlay, subpath } = mount;
  return {
    destination,
    type: 'bind',
    source,
    options: bindOptions(how, readOnly),
    ...(overlay !== undefined && { overlay }),
    ...(subpath !== undefined && { subpath }),
    ...(how.chown && { owner: user }),
  };
}
