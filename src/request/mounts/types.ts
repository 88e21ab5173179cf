/** Words of mount(8) for what happens to mounts below a mount, here and there. */
export const propagations = [
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'unbindable',
  'runbindable',
] as const;
export type Propagation = (typeof propagations)[number];

/**
 * The rights of files of a mount. Of those that are absent nobody has spoken: a source on the host then decides
 * itself, and elsewhere setuid bits and device nodes have no effect.
 */
export interface MountAttributes {
  suid?: boolean;
  dev?: boolean;
  exec?: boolean;
  /** Reading a file leaves its time of access alone. */
  atime?: false;
}

/** Directories of an overlay that are kept; null: they go with the container's process. */
export interface OverlayChoice {
  kept: { upper: string; work: string } | null;
}

/** How a directory of the host or a volume is mounted, besides for reading only. */
export interface BindChoices {
  /** With all that is mounted below the source. */
  recursive: boolean;
  /** Null: `rprivate`. */
  propagation: Propagation | null;
  attributes: MountAttributes;
  /** All files become those of the container's user. */
  chown: boolean;
  /** The overlay that changes go to, while the source stays as it is; null: they go into the source. */
  overlay: OverlayChoice | null;
  /** An empty volume gets what the image has at the target. */
  copyUp: boolean;
}

/** The settings of a tmpfs that are the kernel's own, as it takes them (tmpfs(5)). */
export type TmpfsSetting = 'size' | 'mode' | 'nr_inodes' | 'uid' | 'gid';

/** A temporary filesystem, besides whether it is for reading only. */
export interface TmpfsChoices {
  attributes: MountAttributes;
  settings: Partial<Record<TmpfsSetting, string>>;
  /** The filesystem gets what the image has at the target. */
  copyUp: boolean;
}

/** Memory that is never swapped out, and terminals (ramfs, devpts; filesystems(5)). */
export type KernelFilesystem = 'ramfs' | 'devpts';

/** A filesystem of the kernel's, besides whether it is for reading only. */
export interface KernelChoices {
  attributes: MountAttributes;
  /** `key=value` as the kernel takes it. */
  settings: string[];
}

/** The parts that all kinds of mounts have. */
interface Place {
  /** Absolute path in the container. */
  target: string;
  readOnly: boolean;
  /** How the user wrote it, for error messages. */
  origin: string;
}

/** A mount asked for with --volume, --mount or --tmpfs. */
export type MountRequest = Place &
  (
    | {
        kind: 'bind';
        /** Absolute host path. */
        source: string;
        how: BindChoices;
        /** Of the source only what lies at this path in it: links there lead nowhere else. */
        subpath?: string;
      }
    | {
        kind: 'volume';
        /** Null: an anonymous volume. */
        name: string | null;
        how: BindChoices;
        /** Of the volume only what lies at this path in it. */
        subpath?: string;
      }
    /** Where an image can be written to, that goes with the container's process. */
    | {
        kind: 'image';
        /** As named. */
        image: string;
        subpath?: string;
        /** Found when the container is made. */
        found?: { imageId: string; layers: string[] };
      }
    | { kind: 'tmpfs'; how: TmpfsChoices }
    /** Another filesystem that the kernel makes anew, with settings of its own (`mode=0700`). */
    | { kind: 'kernel'; filesystem: KernelFilesystem; how: KernelChoices }
  );

/** `--volumes-from`: a container as it was named. */
export interface VolumesFrom {
  container: string;
  readOnly: boolean;
}

/** A directory or volume mounted without any option. */
export function plainBind(): BindChoices {
  return {
    recursive: true,
    propagation: null,
    attributes: {},
    chown: false,
    overlay: null,
    copyUp: true,
  };
}

/** A temporary filesystem without any option. */
export function plainTmpfs(): TmpfsChoices {
  return { attributes: {}, settings: {}, copyUp: true };
}
