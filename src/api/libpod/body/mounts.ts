import { isAbsolute, posix } from 'node:path';
import { readBindWords } from '../../../request/mounts/bind-words.ts';
import { readTarget } from '../../../request/mounts/target.ts';
import { readTmpfsWords } from '../../../request/mounts/tmpfs-words.ts';
import type { MountRequest } from '../../../request/mounts/types.ts';
import { checkVolumeName } from '../../../request/volume-name.ts';
import type { Field } from '../../body/field.ts';

function placeOf(field: Field, name: string): string {
  return field.get(name).read((text) => readTarget('target', text, text));
}

/** Words that say what holds anyway. */
const needless = ['rw', 'relabel'];

function wordsOf(field: Field): string[] {
  return field.texts().filter((word) => !needless.includes(word));
}

/** The sizes of a tmpfs may come as numbers of bytes, with a b behind them. */
const tmpfsWord = (word: string): string => word.replace(/^(size=\d+)b$/, '$1');

/** Reads one of `mounts` (the OCI runtime specification's Mount). */
function readMount(field: Field): MountRequest {
  const type = field.get('type').word() ?? 'bind';
  const options = field.get('options');
  const words = wordsOf(options);
  const refuse = (why: string) => options.problem(why);
  const target = placeOf(field, 'destination');
  const origin = field.path;
  if (type === 'tmpfs') {
    const { readOnly, ...how } = readTmpfsWords(
      words.filter((word) => !/^r?(private|shared|slave)$/.test(word)).map(tmpfsWord),
      refuse,
    );
    return { kind: 'tmpfs', target, readOnly, origin, how };
  }
  if (type === 'ramfs' || type === 'devpts') {
    const settings = words.filter((word) => /^[a-z]+=\d{1,10}$/.test(word));
    const others = words.filter((word) => !settings.includes(word) && word !== 'newinstance');
    const { readOnly, attributes } = readTmpfsWords(others, refuse);
    return {
      kind: 'kernel',
      filesystem: type,
      target,
      readOnly,
      origin,
      how: { attributes, settings },
    };
  }
  if (type !== 'bind') {
    throw field
      .get('type')
      .problem(`${JSON.stringify(type)} is none of bind, tmpfs, ramfs and devpts`);
  }
  const source = field.get('source').word();
  if (source === null || !isAbsolute(source)) {
    throw field.get('source').problem('an absolute path is needed');
  }
  const { readOnly, ...how } = readBindWords(words, refuse);
  return { kind: 'bind', source: posix.normalize(source), target, readOnly, origin, how };
}

/** Reads one of `volumes` (NamedVolume). */
function readVolume(field: Field): MountRequest {
  const name = field.get('Name').word();
  const options = field.get('Options');
  const { readOnly, ...how } = readBindWords(wordsOf(options), (why) => options.problem(why));
  if (name !== null) field.get('Name').read(checkVolumeName);
  const subpath = field.get('SubPath').word()?.replace(/^\/+/, '') || null;
  if (subpath?.split('/').includes('..')) {
    throw field.get('SubPath').problem('a path in it is needed, without ".."');
  }
  return {
    kind: 'volume',
    name,
    target: placeOf(field, 'Dest'),
    readOnly,
    origin: field.path,
    how,
    ...(subpath !== null && { subpath }),
  };
}

/** Reads one of `overlay_volumes`: a directory or a volume whose changes go elsewhere. */
function readOverlay(field: Field): MountRequest {
  const source = field.get('source').word();
  if (source === null) throw field.get('source').problem('a source is needed');
  const options = field.get('options');
  const words = [...new Set([...wordsOf(options), 'O'])];
  const { readOnly, ...how } = readBindWords(words, (why) => options.problem(why));
  const place = { target: placeOf(field, 'destination'), readOnly, origin: field.path };
  if (isAbsolute(source)) return { kind: 'bind', source: posix.normalize(source), ...place, how };
  field.get('source').read(checkVolumeName);
  return { kind: 'volume', name: source, ...place, how };
}

/** Reads one of `image_volumes`: the files of an image. */
function readImageVolume(field: Field): MountRequest {
  const image = field.get('Source').word();
  if (image === null) throw field.get('Source').problem('an image is needed');
  const subpath = field.get('subPath').word();
  const readOnly = !field.get('ReadWrite').flag();
  return {
    kind: 'image',
    image,
    target: placeOf(field, 'Destination'),
    readOnly,
    origin: field.path,
    ...(subpath !== null && { subpath }),
  };
}

/** The mounts of a container, wherever its request says them. */
export function readMounts(spec: Field): MountRequest[] {
  return [
    ...spec.get('mounts').items().map(readMount),
    ...spec.get('volumes').items().map(readVolume),
    ...spec.get('overlay_volumes').items().map(readOverlay),
    ...spec.get('image_volumes').items().map(readImageVolume),
  ];
}
