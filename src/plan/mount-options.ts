import { mountAttributes, mountPropagation } from './flags.ts';

/** Mount options sorted into what the mount API takes apart (mount_setattr(2), fsconfig(2)). */
export interface ParsedMountOptions {
  set: bigint;
  clear: bigint;
  /** The part of `set` and `clear` that is asked for by names with an r: for all of a recursive mount. */
  all: { set: bigint; clear: bigint };
  propagation: bigint;
  recursive: boolean;
  copyUp: boolean;
  /** A symbolic link as the source is made anew; it or what is at the destination is not followed. */
  copySymlink: boolean;
  sourceNoFollow: boolean;
  targetNoFollow: boolean;
  /** Options of the filesystem itself, `key=value` or `flag`. */
  data: string[];
}

interface Effect {
  set?: bigint;
  clear?: bigint;
}

const { readonly, nosuid, nodev, noexec, noatime, strictatime, atimeMask, nodiratime } =
  mountAttributes;
const { nosymfollow } = mountAttributes;

const effects: Record<string, Effect> = {
  ro: { set: readonly },
  rw: { clear: readonly },
  nosuid: { set: nosuid },
  suid: { clear: nosuid },
  nodev: { set: nodev },
  dev: { clear: nodev },
  noexec: { set: noexec },
  exec: { clear: noexec },
  noatime: { set: noatime, clear: atimeMask },
  relatime: { clear: atimeMask },
  strictatime: { set: strictatime, clear: atimeMask },
  atime: { clear: atimeMask },
  nodiratime: { set: nodiratime },
  diratime: { clear: nodiratime },
  nosymfollow: { set: nosymfollow },
  symfollow: { clear: nosymfollow },
  defaults: {},
  bind: {},
};

/** `rro`, `rnosuid`, … (config.md, "Linux mount options"). */
const recursiveEffects: Record<string, Effect> = Object.fromEntries(
  Object.entries(effects)
    .filter(([name]) => name !== 'bind' && name !== 'defaults')
    .map(([name, effect]) => [`r${name}`, effect]),
);

/** Options that crun has besides, and those of runc for tmpfs. */
const switches: Record<
  string,
  'copyUp' | 'copySymlink' | 'sourceNoFollow' | 'targetNoFollow' | undefined
> = {
  tmpcopyup: 'copyUp',
  copyup: 'copyUp',
  'copy-symlink': 'copySymlink',
  'src-nofollow': 'sourceNoFollow',
  'dest-nofollow': 'targetNoFollow',
};

/** Every option that is not a filesystem's own, for `features`. */
export const mountOptionNames: readonly string[] = [
  ...Object.keys(effects),
  ...Object.keys(recursiveEffects),
  'rbind',
  ...Object.keys(switches),
];

function change(target: { set: bigint; clear: bigint }, effect: Effect): void {
  target.set = (target.set & ~(effect.clear ?? 0n)) | (effect.set ?? 0n);
  target.clear = (target.clear & ~(effect.set ?? 0n)) | (effect.clear ?? 0n);
}

/**
 * Sorts the options of an OCI mount (config.md, "Mounts"; mount(8)). What is no generic option is
 * left to the filesystem, which refuses what it does not know.
 */
export function parseMountOptions(options: readonly string[]): ParsedMountOptions {
  const parsed: ParsedMountOptions = {
    set: 0n,
    clear: 0n,
    all: { set: 0n, clear: 0n },
    propagation: 0n,
    recursive: false,
    copyUp: false,
    copySymlink: false,
    sourceNoFollow: false,
    targetNoFollow: false,
    data: [],
  };
  for (const option of options) {
    const effect = effects[option] ?? recursiveEffects[option];
    const propagation = mountPropagation[option.replace(/^r/, '')];
    if (effect !== undefined) {
      change(parsed, effect);
      if (effects[option] === undefined) change(parsed.all, effect);
    } else if (option === 'rbind') {
      parsed.recursive = true;
    } else if (switches[option] !== undefined) {
      parsed[switches[option]] = true;
    } else if (propagation !== undefined) {
      parsed.propagation = propagation;
    } else {
      parsed.data.push(option);
    }
  }
  return parsed;
}
