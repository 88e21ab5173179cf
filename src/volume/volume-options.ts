import { isAbsolute } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { readPlainBindWords, type SaidOfBind } from '../request/mounts/bind-words.ts';
import { readPlainTmpfsWords, type SaidOfTmpfs } from '../request/mounts/tmpfs-words.ts';
import { type Refuse, splitList } from '../request/mounts/words.ts';

/** Ids in containers. */
export interface VolumeOwner {
  uid: number;
  gid: number;
}

/** The thing that is mounted in a volume's place by its options. */
export type VolumeSource =
  | { kind: 'directory'; copyUp: boolean; owner: VolumeOwner | null }
  | { kind: 'tmpfs'; said: SaidOfTmpfs }
  | { kind: 'bind'; device: string; said: SaidOfBind };

function refuse(what: string, hint: string): BryoError {
  return new BryoError('bad-volume-option', `--opt ${what}`, { hint });
}

/** Refuses words of `o`. */
function refuseWords(o: string, kind: string): Refuse {
  return (why) => refuse(`o=${o} of a ${kind}: ${why}`, 'see bryo-volume-create(1)');
}

/** The words `uid=` and `gid=` that a volume's directory is made with; null: neither is there. */
function readOwner(words: readonly string[]): VolumeOwner | null {
  const found = words
    .map((word) => /^(uid|gid)=(.*)$/.exec(word))
    .filter((match) => match !== null);
  if (found.length === 0) return null;
  const owner = { uid: 0, gid: 0 };
  for (const [word, key = '', text = ''] of found) {
    if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_fffe) {
      throw refuse(`o=${word}: ${key} has to be a number`, 'an id as containers see it');
    }
    owner[key === 'uid' ? 'uid' : 'gid'] = Number(text);
  }
  return owner;
}

/**
 * Reads `type`, `device` and `o` of a volume (podman-volume-create(1)), `copy` and
 * `nocopy`. What needs the rights of the
 * machine's root cannot be mounted. Throws BryoError `bad-volume-option`.
 */
export function readVolumeOptions(options: Readonly<Record<string, string>>): VolumeSource {
  const known = ['type', 'device', 'o', 'copy', 'nocopy'];
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw refuse(`${unknown} is not supported`, 'type, device, o, copy and nocopy are');
  }
  if ('copy' in options && 'nocopy' in options) {
    throw refuse('copy and nocopy exclude each other', 'copy is the default');
  }
  const { type = '', device = '', o = '' } = options;
  const words = splitList(o);
  if (type === 'tmpfs') {
    return { kind: 'tmpfs', said: readPlainTmpfsWords(words, refuseWords(o, 'tmpfs')) };
  }
  if (words.some((word) => /^r?bind$/.test(word)) || type === 'bind') {
    if (!['', 'none', 'bind'].includes(type)) throw refuse(`type=${type} cannot be bound`, 'none');
    if (!isAbsolute(device)) throw refuse('device has to be an absolute path', 'of the directory');
    return { kind: 'bind', device, said: readPlainBindWords(words, refuseWords(o, 'bind mount')) };
  }
  const limit = words.find((word) => /^(size|inodes|timeout)=/.test(word));
  if (limit !== undefined) {
    throw refuse(`o=${limit} is not supported for a directory`, 'type=tmpfs has a size');
  }
  const owners = words.filter((word) => /^[ug]id=/.test(word));
  if (type === '' && device === '' && owners.length === words.length) {
    return { kind: 'directory', copyUp: !('nocopy' in options), owner: readOwner(owners) };
  }
  throw refuse(
    `${type === '' ? `o=${o}` : `type=${type}`} needs the rights of the machine's root`,
    'type=tmpfs, and o=bind with a device, are supported',
  );
}
