import { isAbsolute } from 'node:path';
import { BryoError } from '../base/errors.ts';

/** Ids in containers. */
export interface VolumeOwner {
  uid: number;
  gid: number;
}

/** What a volume's options say that is mounted in its place. */
export type VolumeSource =
  | { kind: 'directory'; copyUp: boolean; owner: VolumeOwner | null }
  | { kind: 'tmpfs'; options: string[] }
  | { kind: 'bind'; device: string; options: string[] };

const tmpfsWord =
  /^(size=\d+[kmgtKMGT%]?|mode=0?[0-7]{3,4}|nr_inodes=\d+[kmg]?|uid=\d+|gid=\d+|(no)?(exec|suid|dev)|ro|rw|noatime)$/;
const bindWord = /^(r?bind|r?(private|slave|shared)|(no)?(exec|suid|dev)|ro|rw)$/;

function refuse(what: string, hint: string): BryoError {
  return new BryoError('bad-volume-option', `--opt ${what}`, { hint });
}

function checkWords(words: readonly string[], known: RegExp, what: string): string[] {
  const unknown = words.find((word) => !known.test(word));
  if (unknown === undefined) return words.filter((word) => word !== 'rw');
  throw refuse(`o=${unknown}: no option of ${what}`, 'see bryo-volume-create(1)');
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
  const words = o.split(',').filter(Boolean);
  if (type === 'tmpfs') {
    return { kind: 'tmpfs', options: checkWords(words, tmpfsWord, 'tmpfs') };
  }
  if (words.some((word) => /^r?bind$/.test(word)) || type === 'bind') {
    if (!['', 'none', 'bind'].includes(type)) throw refuse(`type=${type} cannot be bound`, 'none');
    if (!isAbsolute(device)) throw refuse('device has to be an absolute path', 'of the directory');
    return { kind: 'bind', device, options: checkWords(words, bindWord, 'bind mounts') };
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
