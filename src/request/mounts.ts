import { existsSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { parseSize } from '../base/size.ts';
import { badValue, readPair } from './values.ts';
import { checkVolumeName } from './volume-name.ts';

/** A mount asked for with --volume, --mount or --tmpfs. Targets are absolute container paths. */
export type MountRequest =
  | {
      kind: 'bind';
      /** Absolute host path. */
      source: string;
      target: string;
      readOnly: boolean;
      /** Further options as given, e.g. `rslave`, `noexec`, `z`. */
      options: string[];
      /** How the user wrote it, for error messages. */
      origin: string;
    }
  | {
      kind: 'volume';
      /** Volume name, or null for an anonymous one. */
      name: string | null;
      target: string;
      readOnly: boolean;
      options: string[];
      /** Of the volume only what lies at this path in it. */
      subpath?: string;
      origin: string;
    }
  | {
      kind: 'image';
      /** As named. */
      image: string;
      target: string;
      /** Else what is written goes with the container's process. */
      readOnly: boolean;
      options: string[];
      subpath?: string;
      origin: string;
      /** Found when the container is made. */
      found?: { imageId: string; layers: string[] };
    }
  | { kind: 'tmpfs'; target: string; options: string[]; origin: string };

/** `--volumes-from`: a container as it was named. */
export interface VolumesFrom {
  container: string;
  readOnly: boolean;
}

const bindFlags = new Set(
  `ro rw z Z rbind bind private rprivate shared rshared slave rslave unbindable runbindable
   nodev dev nosuid suid noexec exec copy nocopy U O`.split(/\s+/),
);

function checkOption(flag: string, text: string, option: string): void {
  if (option === 'idmap' || option.startsWith('idmap=')) {
    throw badValue(flag, text, "owners of mounts can be mapped (idmap) by the host's root only");
  }
  if (/^(upper|work)dir=\//.test(option)) return;
  if (!bindFlags.has(option)) throw badValue(flag, text, `there is no option ${option}`);
  if ((option === 'z' || option === 'Z') && existsSync('/sys/fs/selinux/enforce')) {
    const enforcing = readFileSync('/sys/fs/selinux/enforce', 'utf8').trim() === '1';
    if (enforcing) throw badValue(flag, text, 'relabelling for SELinux is not supported');
  }
}

/** An overlay's own directories come in pairs, and only with O. */
function checkOverlay(flag: string, text: string, options: readonly string[]): void {
  const given = ['upperdir', 'workdir'].filter((name) =>
    options.some((option) => option.startsWith(`${name}=`)),
  );
  if (given.length === 0) return;
  if (!options.includes('O')) throw badValue(flag, text, `${given[0]} needs the option O`);
  if (given.length < 2) throw badValue(flag, text, 'upperdir and workdir go together');
}

function checkTarget(flag: string, text: string, target: string | undefined): string {
  if (target === undefined || target === '') throw badValue(flag, text, 'a target is needed');
  if (!target.startsWith('/')) {
    throw badValue(flag, text, `the target ${JSON.stringify(target)} is not an absolute path`);
  }
  if (target.includes('\0')) throw badValue(flag, text, 'a path cannot hold a NUL');
  const normal = posix.normalize(target).replace(/(.)\/$/, '$1');
  if (normal === '/') throw badValue(flag, text, 'the target cannot be /');
  return normal;
}

/** `-v SOURCE:TARGET[:OPTIONS]`, `-v TARGET` for an anonymous volume. */
export function readVolumeFlag(text: string): MountRequest {
  const flag = '--volume';
  const words = text.split(':');
  if (words.length > 3) throw badValue(flag, text, 'SOURCE:TARGET[:OPTIONS] is needed');
  const [source, target] = words.length === 1 ? [null, words[0]] : [words[0] ?? '', words[1]];
  const options = (words[2] ?? '').split(',').filter(Boolean);
  for (const option of options) checkOption(flag, text, option);
  checkOverlay(flag, text, options);
  const common = {
    target: checkTarget(flag, text, target),
    readOnly: options.includes('ro'),
    options: options.filter((option) => option !== 'ro' && option !== 'rw'),
    origin: `${flag} ${text}`,
  };
  if (source === '') throw badValue(flag, text, 'the source is empty');
  if (source !== null && /^[./]/.test(source)) {
    return { kind: 'bind', source: resolve(source), ...common };
  }
  if (source !== null) checkVolumeName(source);
  return { kind: 'volume', name: source, ...common };
}

/** Takes keys out of a --mount list, so that what is left over is an error. */
class MountWords {
  readonly #text: string;
  readonly #words: Map<string, string>;

  constructor(text: string) {
    this.#text = text;
    this.#words = new Map(text.split(',').map(readPair));
  }

  take(...keys: string[]): string | undefined {
    let found: string | undefined;
    for (const key of keys) {
      found ??= this.#words.get(key);
      this.#words.delete(key);
    }
    return found;
  }

  takeSwitch(...keys: string[]): boolean {
    const value = this.take(...keys);
    if (value === undefined) return false;
    if (['', 'true', '1'].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw badValue('--mount', this.#text, `${keys[0]} is true or false`);
  }

  /** `ro` and `rw`, each with true or false behind it. */
  takeReadOnly(): boolean {
    const readOnly = this.takeSwitch('readonly', 'ro');
    const rw = this.take('rw', 'readwrite');
    if (rw === undefined) return readOnly;
    if (readOnly) throw badValue('--mount', this.#text, 'ro and rw exclude each other');
    return ['false', '0'].includes(rw);
  }

  finish(): void {
    const [unknown] = this.#words.keys();
    if (unknown !== undefined) {
      throw badValue('--mount', this.#text, `option ${unknown} is not supported`);
    }
  }
}

function tmpfsMount(words: MountWords, text: string, target: string): MountRequest {
  const options: string[] = [];
  const size = words.take('tmpfs-size');
  const mode = words.take('tmpfs-mode');
  if (size !== undefined) options.push(`size=${parseSize(size)}`);
  if (mode !== undefined) options.push(`mode=${mode}`);
  if (words.takeReadOnly()) options.push('ro');
  if (words.takeSwitch('notmpcopyup')) options.push('notmpcopyup');
  if (words.takeSwitch('tmpcopyup')) options.push('tmpcopyup');
  return { kind: 'tmpfs', target, options, origin: `--mount ${text}` };
}

function readSubpath(words: MountWords, text: string, type: string): { subpath?: string } {
  const subpath = words.take('subpath', `${type}-subpath`);
  if (subpath === undefined) return {};
  if (subpath === '' || subpath.split('/').includes('..')) {
    throw badValue('--mount', text, 'subpath is a path in it, without ".."');
  }
  return { subpath };
}

/** The files of an image; what is written to them with `rw` goes with the container's process. */
function imageMount(words: MountWords, text: string, target: string): MountRequest {
  const image = words.take('source', 'src');
  if (!image) throw badValue('--mount', text, 'an image is needed as the source');
  return {
    kind: 'image',
    image,
    target,
    readOnly: !words.takeSwitch('rw', 'readwrite'),
    options: [],
    ...readSubpath(words, text, 'image'),
    origin: `--mount ${text}`,
  };
}

/** SELinux's label, as the letters of --volume say it. */
function relabelOption(words: MountWords, text: string): string[] {
  const relabel = words.take('relabel');
  if (relabel === undefined) return [];
  if (relabel === 'shared') return ['z'];
  if (relabel === 'private') return ['Z'];
  throw badValue('--mount', text, 'relabel is shared or private');
}

/** `--mount type=bind|volume|tmpfs|image,…` in podman's and docker's spellings. */
export function readMountFlag(text: string): MountRequest {
  const flag = '--mount';
  const words = new MountWords(text);
  const type = words.take('type') ?? 'volume';
  const target = checkTarget(flag, text, words.take('target', 'destination', 'dst'));
  let mount: MountRequest;
  if (type === 'tmpfs') {
    mount = tmpfsMount(words, text, target);
  } else if (type === 'image') {
    mount = imageMount(words, text, target);
  } else if (type === 'bind' || type === 'volume') {
    const source = words.take('source', 'src');
    const readOnly = words.takeReadOnly();
    const propagation = words.take('bind-propagation');
    const options = propagation === undefined ? [] : [propagation];
    if (words.takeSwitch('bind-nonrecursive')) options.push('bind');
    if (type === 'volume' && words.takeSwitch('volume-nocopy')) options.push('nocopy');
    if (words.takeSwitch('U', 'chown')) options.push('U');
    options.push(...relabelOption(words, text));
    for (const option of options) checkOption(flag, text, option);
    const common = { target, readOnly, options, origin: `${flag} ${text}` };
    if (type === 'bind') {
      if (!source) throw badValue(flag, text, 'a bind mount needs a source');
      mount = { kind: 'bind', source: resolve(source), ...common };
    } else {
      if (source) checkVolumeName(source);
      const subpath = readSubpath(words, text, 'volume');
      mount = { kind: 'volume', name: source || null, ...common, ...subpath };
    }
  } else {
    throw badValue(flag, text, `type ${JSON.stringify(type)} is not supported`);
  }
  words.finish();
  return mount;
}

const tmpfsFlags =
  /^(size=\d+[kmgtKMGT%]?|mode=0?[0-7]{3,4}|nr_inodes=\d+[kmg]?|uid=\d+|gid=\d+|ro|rw|noexec|exec|nosuid|suid|nodev|dev|noatime|tmpcopyup|notmpcopyup)$/;

/** `--tmpfs TARGET[:OPTIONS]`. */
export function readTmpfsFlag(text: string): MountRequest {
  const flag = '--tmpfs';
  const colon = text.indexOf(':');
  const target = checkTarget(flag, text, colon < 0 ? text : text.slice(0, colon));
  const options =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .filter(Boolean);
  for (const option of options) {
    if (!tmpfsFlags.test(option)) throw badValue(flag, text, `there is no option ${option}`);
  }
  return { kind: 'tmpfs', target, options, origin: `${flag} ${text}` };
}

/** The same mount, however often it was asked for. */
export function withoutRepeats(mounts: readonly MountRequest[]): MountRequest[] {
  const known = new Set<string>();
  return mounts.filter(({ origin: _, ...mount }) => {
    const text = JSON.stringify(mount);
    // Each volume without a name is another one.
    if (mount.kind === 'volume' && mount.name === null) return true;
    if (known.has(text)) return false;
    known.add(text);
    return true;
  });
}

/** Two mounts at one place would hide each other. Throws BryoError `duplicate-mount`. */
export function checkDuplicates(mounts: readonly MountRequest[]): void {
  const seen = new Map<string, MountRequest>();
  for (const mount of mounts) {
    const other = seen.get(mount.target);
    if (other !== undefined) {
      throw new BryoError(
        'duplicate-mount',
        `${other.origin} and ${mount.origin} have the same target ${mount.target}`,
      );
    }
    seen.set(mount.target, mount);
  }
}

/** `--volumes-from CONTAINER[:OPTIONS]`. */
export function readVolumesFrom(text: string): VolumesFrom {
  const [container = '', options = '', ...more] = text.split(':');
  const words = options.split(',').filter(Boolean);
  const unknown = words.find((word) => !['ro', 'rw', 'z'].includes(word));
  if (container === '' || more.length > 0) {
    throw badValue('--volumes-from', text, 'CONTAINER[:OPTIONS] is needed');
  }
  if (unknown !== undefined) {
    throw badValue('--volumes-from', text, `there is no option ${unknown}: ro, rw and z are known`);
  }
  return { container, readOnly: words.includes('ro') };
}
