import { isAbsolute } from 'node:path';
import { BryoError } from '../base/errors.ts';

/** What a volume's options say that is mounted in its place. */
export type VolumeSource =
  | { kind: 'directory' }
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

/**
 * Reads `type`, `device` and `o` of a volume (podman-volume-create(1)). What needs the rights of the
 * machine's root cannot be mounted. Throws BryoError `bad-volume-option`.
 */
export function readVolumeOptions(options: Readonly<Record<string, string>>): VolumeSource {
  const unknown = Object.keys(options).find((key) => !['type', 'device', 'o'].includes(key));
  if (unknown !== undefined) {
    throw refuse(`${unknown} is not supported`, 'type, device and o are');
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
  if (type === '' && device === '' && words.length === 0) return { kind: 'directory' };
  throw refuse(
    `${type === '' ? `o=${o}` : `type=${type}`} needs the rights of the machine's root`,
    'type=tmpfs, and o=bind with a device, are supported',
  );
}
