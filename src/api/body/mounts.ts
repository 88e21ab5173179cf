import { isAbsolute, posix } from 'node:path';
import { readTarget } from '../../request/mounts/target.ts';
import { readTmpfsWords } from '../../request/mounts/tmpfs-words.ts';
import {
  type BindChoices,
  type MountRequest,
  plainBind,
  propagations,
  type TmpfsChoices,
  type VolumesFrom,
} from '../../request/mounts/types.ts';
import { readVolumeFlag, readVolumesFrom } from '../../request/mounts/volume-flag.ts';
import { splitList } from '../../request/mounts/words.ts';
import { checkVolumeName } from '../../request/volume-name.ts';
import { type Field, refuse } from './field.ts';

/** `SOURCE:TARGET[:OPTIONS]`, in Docker's API as in its command line. */
function readBind(field: Field): MountRequest {
  const mount = field.read(readVolumeFlag);
  return { ...mount, origin: field.path };
}

function placeOf(field: Field, name: string): string {
  const target = field.get(name);
  return target.read((text) => readTarget('target', text, text));
}

function readPropagation(options: Field): BindChoices['propagation'] {
  const field = options.get('Propagation');
  const asked = field.word();
  if (asked === null) return null;
  const found = propagations.find((word) => word === asked);
  if (found === undefined) throw field.problem(`one of ${propagations.join(', ')} is needed`);
  return found;
}

function readSubpath(options: Field): { subpath?: string } {
  const field = options.get('Subpath');
  const subpath = field.word();
  if (subpath === null) return {};
  if (isAbsolute(subpath) || subpath.split('/').includes('..')) {
    throw field.problem('a path in it is needed, without ".."');
  }
  return { subpath };
}

function readBindOptions(options: Field): BindChoices {
  refuse(options, {
    ReadOnlyForceRecursive: 'mounts below the source cannot be made read-only for certain',
  });
  const propagation = readPropagation(options);
  return { ...plainBind(), recursive: !options.get('NonRecursive').flag(), propagation };
}

/** The words that Docker takes as `--mount`'s tmpfs-opt: each a list of one or two. */
function optionWords(options: Field): string[] {
  return options
    .get('Options')
    .items()
    .map((item) => item.texts().join('='));
}

function readTmpfsOptions(field: Field, options: Field): TmpfsChoices & { readOnly: boolean } {
  const size = options.get('SizeBytes').amount(0);
  const mode = options.get('Mode').amount(0, 0o7777);
  const words = [
    ...(size === null ? [] : [`size=${size}`]),
    ...(mode === null ? [] : [`mode=${mode.toString(8).padStart(4, '0')}`]),
    ...optionWords(options),
  ];
  return field.named(() => readTmpfsWords(words, (why) => options.problem(why)));
}

/** Reads one of HostConfig.Mounts (Mount). */
function readMount(field: Field): MountRequest {
  const type = field.get('Type').text() ?? '';
  const source = field.get('Source').word();
  const readOnly = field.get('ReadOnly').flag();
  const place = { target: placeOf(field, 'Target'), readOnly, origin: field.path };
  switch (type) {
    case 'bind': {
      if (source === null || !isAbsolute(source)) {
        throw field.get('Source').problem('an absolute path is needed');
      }
      const how = readBindOptions(field.get('BindOptions'));
      return { kind: 'bind', source: posix.normalize(source), ...place, how };
    }
    case 'volume': {
      const options = field.get('VolumeOptions');
      if (source !== null) field.get('Source').read(checkVolumeName);
      const how = { ...plainBind(), copyUp: !options.get('NoCopy').flag() };
      return { kind: 'volume', name: source, ...place, how, ...readSubpath(options) };
    }
    case 'tmpfs': {
      const { readOnly: said, ...how } = readTmpfsOptions(field, field.get('TmpfsOptions'));
      return { kind: 'tmpfs', ...place, readOnly: readOnly || said, how };
    }
    case 'image': {
      if (source === null) throw field.get('Source').problem('an image is needed');
      return { kind: 'image', image: source, ...place, ...readSubpath(field.get('ImageOptions')) };
    }
    default:
      throw field
        .get('Type')
        .problem(`${JSON.stringify(type)} is none of bind, volume, tmpfs and image`);
  }
}

/** Reads one of HostConfig.Tmpfs: a place, and words for it. */
function readTmpfs([target, field]: [string, Field]): MountRequest {
  const words = splitList(field.text() ?? '');
  const { readOnly, ...how } = field.named(() =>
    readTmpfsWords(words, (why) => field.problem(why)),
  );
  const place = field.named(() => readTarget('target', target, target));
  return { kind: 'tmpfs', target: place, readOnly, origin: field.path, how };
}

/** Reads one of Config.Volumes: a place for a volume without a name. */
function readAnonymous([target, field]: [string, Field]): MountRequest {
  const place = field.named(() => readTarget('target', target, target));
  const how = plainBind();
  return { kind: 'volume', name: null, target: place, readOnly: false, origin: field.path, how };
}

/** The mounts of a container, wherever its request says them. */
export function readMounts(config: Field, host: Field): MountRequest[] {
  const named = [
    ...host.get('Binds').items().map(readBind),
    ...host.get('Mounts').items().map(readMount),
    ...host.get('Tmpfs').entries().map(readTmpfs),
  ];
  const targets = new Set(named.map(({ target }) => target));
  const anonymous = config.get('Volumes').entries().map(readAnonymous);
  return [...named, ...anonymous.filter(({ target }) => !targets.has(target))];
}

export function readVolumesFromList(host: Field): VolumesFrom[] {
  return host
    .get('VolumesFrom')
    .items()
    .map((item) => item.read(readVolumesFrom));
}
