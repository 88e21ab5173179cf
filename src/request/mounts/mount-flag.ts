import { posix, resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { badValue } from '../values.ts';
import { checkVolumeName } from '../volume-name.ts';
import { readBindWords } from './bind-words.ts';
import { MountKeys } from './mount-keys.ts';
import { readTarget } from './target.ts';
import { readTmpfsWords } from './tmpfs-words.ts';
import { type KernelFilesystem, type MountRequest, propagations } from './types.ts';
import { attributeNames } from './words.ts';

const mountFlag = '--mount';
const targetKeys = ['target', 'destination', 'dst'];

/** The files that fit a pattern of whole paths (`*`, `?`, `[…]`), sorted. */
export type FindFiles = (pattern: string) => string[];

/** The rest of a --mount when its type and its place have been taken. */
interface Rest {
  keys: MountKeys;
  target: string;
  origin: string;
}

function tmpfsMount({ keys, target, origin }: Rest): MountRequest {
  if (keys.takeSwitch('noswap')) {
    throw new BryoError(
      'bad-flag-value',
      "the 'noswap' option is only allowed with rootful tmpfs mounts: must provide an argument for option",
    );
  }
  const size = keys.take('tmpfs-size');
  const mode = keys.take('tmpfs-mode');
  const words = [
    ...(size === undefined ? [] : [`size=${parseSize(size)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
    ...keys.takeWords(attributeNames),
    ...(keys.takeReadOnly() ? ['ro'] : []),
    ...['notmpcopyup', 'tmpcopyup'].filter((word) => keys.takeSwitch(word)),
  ];
  const { readOnly, ...how } = readTmpfsWords(words, keys.refuse);
  return { kind: 'tmpfs', target, readOnly, origin, how };
}

const kernelSettings = {
  ramfs: { mode: 'tmpfs-mode' },
  devpts: { uid: 'uid', gid: 'gid', mode: 'mode', ptmxmode: 'ptmxmode', max: 'max' },
} as const;

/** ramfs and devpts: each with the numbers that the kernel takes of it. */
function kernelMount(filesystem: KernelFilesystem, { keys, target, origin }: Rest): MountRequest {
  const settings = Object.entries(kernelSettings[filesystem]).flatMap(([name, key]) => {
    const value = keys.take(key);
    if (value === undefined) return [];
    if (!/^\d{1,10}$/.test(value)) throw keys.refuse(`${key} is a number`);
    return [`${name}=${value}`];
  });
  // Each devpts has been one for years.
  if (filesystem === 'devpts') keys.takeSwitch('newinstance');
  const words = [...keys.takeWords(attributeNames), ...(keys.takeReadOnly() ? ['ro'] : [])];
  const { readOnly, attributes } = readTmpfsWords(words, keys.refuse);
  return { kind: 'kernel', filesystem, target, readOnly, origin, how: { attributes, settings } };
}

function readSubpath(keys: MountKeys, type: string): { subpath?: string } {
  const subpath = keys.take('subpath', `${type}-subpath`);
  if (subpath === undefined) return {};
  if (subpath === '' || subpath.split('/').includes('..')) {
    throw keys.refuse('subpath is a path in it, without ".."');
  }
  return { subpath };
}

/** The files of an image; what is written to them with `rw` goes with the container's process. */
function imageMount({ keys, target, origin }: Rest): MountRequest {
  const image = keys.take('source', 'src');
  if (!image) throw keys.refuse('an image is needed as the source');
  const readOnly = !keys.takeSwitch('rw', 'readwrite');
  return { kind: 'image', image, target, readOnly, origin, ...readSubpath(keys, 'image') };
}

/** SELinux's label, as the letters of --volume say it, which podman takes here, too. */
function relabelWord(keys: MountKeys): string[] {
  const letters = ['z', 'Z'].filter((letter) => keys.takeSwitch(letter));
  const relabel = keys.take('relabel');
  if (relabel === undefined) return letters;
  if (relabel === 'shared') return ['z'];
  if (relabel === 'private') return ['Z'];
  throw keys.refuse('relabel is shared or private');
}

function propagationWord(keys: MountKeys): string[] {
  const asked = keys.take('bind-propagation');
  if (asked === undefined) return [];
  const found = propagations.find((word) => word === asked);
  if (found !== undefined) return [found];
  throw keys.refuse(`bind-propagation is one of ${propagations.join(', ')}`);
}

/** How a directory is mounted: the keys as the words of --volume, which say the same. */
function readHow(type: 'bind' | 'volume', keys: MountKeys) {
  const words = [
    ...(keys.takeReadOnly() ? ['ro'] : []),
    ...propagationWord(keys),
    ...keys.takeWords(new Set([...attributeNames, ...propagations])),
    ...(keys.takeSwitch('bind-nonrecursive') ? ['bind'] : []),
    ...(type === 'volume' && keys.takeSwitch('volume-nocopy') ? ['nocopy'] : []),
    ...(keys.takeSwitch('U', 'chown') ? ['U'] : []),
    ...relabelWord(keys),
  ];
  const { readOnly, ...how } = readBindWords(words, keys.refuse);
  return { readOnly, how };
}

/** A bind mount or a volume. */
function bindMount(type: 'bind' | 'volume', { keys, target, origin }: Rest): MountRequest {
  const source = keys.take('source', 'src');
  const { readOnly, how } = readHow(type, keys);
  const common = { target, readOnly, origin, how };
  if (type === 'bind') {
    if (!source) throw keys.refuse('a bind mount needs a source');
    return { kind: 'bind', source: resolve(source), ...common };
  }
  if (source) checkVolumeName(source);
  return { kind: 'volume', name: source || null, ...common, ...readSubpath(keys, 'volume') };
}

/** A bind mount for each file that fits: at its own path or, with a target, in that directory. */
function globMounts(keys: MountKeys, text: string, files: FindFiles): MountRequest[] {
  const pattern = keys.take('source', 'src');
  if (!pattern) throw keys.refuse('a glob mount needs a source');
  const directory = keys.take(...targetKeys);
  const sources = files(resolve(pattern));
  if (sources.length === 0) {
    throw new BryoError('bad-flag-value', `no file paths matching glob ${JSON.stringify(pattern)}`);
  }
  const { readOnly, how } = readHow('bind', keys);
  return sources.map((source) => {
    const place = directory === undefined ? source : posix.join(directory, posix.basename(source));
    const target = readTarget(mountFlag, text, place);
    return { kind: 'bind', source, target, readOnly, origin: `${mountFlag} ${text}`, how };
  });
}

function readType(type: string, rest: Rest): MountRequest {
  switch (type) {
    case 'ramfs':
    case 'devpts':
      return kernelMount(type, rest);
    case 'tmpfs':
      return tmpfsMount(rest);
    case 'image':
      return imageMount(rest);
    case 'bind':
    case 'volume':
      return bindMount(type, rest);
    default:
      throw new BryoError('bad-flag-value', `invalid filesystem type ${JSON.stringify(type)}`);
  }
}

/** `--mount type=bind|volume|tmpfs|image|glob|ramfs|devpts,…` in podman's and docker's spellings. */
export function readMountFlag(text: string, files: FindFiles): MountRequest[] {
  const keys = new MountKeys((why) => badValue(mountFlag, text, why), text);
  const type = keys.take('type') ?? 'volume';
  const mounts = type === 'glob' ? globMounts(keys, text, files) : [oneMount(type, keys, text)];
  keys.finish();
  return mounts;
}

function oneMount(type: string, keys: MountKeys, text: string): MountRequest {
  const asked = keys.take(...targetKeys);
  if (!asked) throw new BryoError('bad-flag-value', 'must set volume destination');
  const target = readTarget(mountFlag, text, asked);
  return readType(type, { keys, target, origin: `${mountFlag} ${text}` });
}
