import { resolve } from 'node:path';
import { badValue } from '../values.ts';
import { checkVolumeName } from '../volume-name.ts';
import { readBindWords } from './bind-words.ts';
import { readTarget } from './target.ts';
import { readTmpfsWords } from './tmpfs-words.ts';
import type { MountRequest, VolumesFrom } from './types.ts';
import { splitList } from './words.ts';

/** `-v SOURCE:TARGET[:OPTIONS]`, `-v TARGET` for an anonymous volume. */
export function readVolumeFlag(text: string): MountRequest {
  const flag = '--volume';
  const words = text.split(':');
  if (words.length > 3) throw badValue(flag, text, 'SOURCE:TARGET[:OPTIONS] is needed');
  const [source, target] = words.length === 1 ? [null, words[0]] : [words[0] ?? '', words[1]];
  const { readOnly, ...how } = readBindWords(splitList(words[2] ?? ''), (why) =>
    badValue(flag, text, why),
  );
  const place = { target: readTarget(flag, text, target), readOnly, origin: `${flag} ${text}` };
  if (source === '') throw badValue(flag, text, 'the source is empty');
  if (source !== null && /^[./]/.test(source)) {
    return { kind: 'bind', source: resolve(source), ...place, how };
  }
  if (source !== null) checkVolumeName(source);
  return { kind: 'volume', name: source, ...place, how };
}

/** `--tmpfs TARGET[:OPTIONS]`. */
export function readTmpfsFlag(text: string): MountRequest {
  const flag = '--tmpfs';
  const [path = '', ...rest] = text.split(':');
  const target = readTarget(flag, text, path);
  const { readOnly, ...how } = readTmpfsWords(splitList(rest.join(':')), (why) =>
    badValue(flag, text, why),
  );
  return { kind: 'tmpfs', target, readOnly, origin: `${flag} ${text}`, how };
}

/** `--volumes-from CONTAINER[:OPTIONS]`. */
export function readVolumesFrom(text: string): VolumesFrom {
  const [container = '', options = '', ...more] = text.split(':');
  const words = splitList(options);
  const unknown = words.find((word) => !['ro', 'rw', 'z'].includes(word));
  if (container === '' || more.length > 0) {
    throw badValue('--volumes-from', text, 'CONTAINER[:OPTIONS] is needed');
  }
  if (unknown !== undefined) {
    throw badValue('--volumes-from', text, `there is no option ${unknown}: ro, rw and z are known`);
  }
  return { container, readOnly: words.includes('ro') };
}
