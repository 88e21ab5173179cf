import { resolve } from 'node:path';
import { parseSize } from '../../base/size.ts';
import { badValue } from '../values.ts';
import { checkVolumeName } from '../volume-name.ts';
import { readBindWords } from './bind-words.ts';
import { MountKeys } from './mount-keys.ts';
import { readTarget } from './target.ts';
import { readTmpfsWords } from './tmpfs-words.ts';
import { type MountRequest, propagations } from './types.ts';
import { attributeNames } from './words.ts';

/** The rest of a --mount when its type and its place have been taken. */
interface Rest {
  keys: MountKeys;
  target: string;
  origin: string;
}

function tmpfsMount({ keys, target, origin }: Rest): MountRequest {
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

/** Terminals (Documentation/filesystems/devpts.rst). */
function devptsMount({ keys, target, origin }: Rest): MountRequest {
  const settings = ['uid', 'gid', 'mode', 'ptmxmode', 'max'].flatMap((key) => {
    const value = keys.take(key);
    if (value === undefined) return [];
    if (/^[0-9]+$/.test(value)) return [`${key}=${value}`];
    throw keys.refuse(`${key} is a number`);
  });
  // Each of them has been one for years.
  keys.takeSwitch('newinstance');
  return { kind: 'devpts', target, readOnly: false, origin, settings };
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

/** A bind mount or a volume: its keys as the words of --volume, which say the same. */
function bindMount(type: 'bind' | 'volume', { keys, target, origin }: Rest): MountRequest {
  const source = keys.take('source', 'src');
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
  const common = { target, readOnly, origin, how };
  if (type === 'bind') {
    if (!source) throw keys.refuse('a bind mount needs a source');
    return { kind: 'bind', source: resolve(source), ...common };
  }
  if (source) checkVolumeName(source);
  return { kind: 'volume', name: source || null, ...common, ...readSubpath(keys, 'volume') };
}

function readType(type: string, rest: Rest): MountRequest {
  switch (type) {
    case 'tmpfs':
      return tmpfsMount(rest);
    case 'devpts':
      return devptsMount(rest);
    case 'image':
      return imageMount(rest);
    case 'bind':
    case 'volume':
      return bindMount(type, rest);
    default:
      throw rest.keys.refuse(`type ${JSON.stringify(type)} is not supported`);
  }
}

/** `--mount type=bind|volume|tmpfs|image|devpts,…` in podman's and docker's spellings. */
export function readMountFlag(text: string): MountRequest {
  const flag = '--mount';
  const keys = new MountKeys((why) => badValue(flag, text, why), text);
  const type = keys.take('type') ?? 'volume';
  const target = readTarget(flag, text, keys.take('target', 'destination', 'dst'));
  const mount = readType(type, { keys, target, origin: `${flag} ${text}` });
  keys.finish();
  return mount;
}
