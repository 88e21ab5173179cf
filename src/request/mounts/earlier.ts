import { readBindWords } from './bind-words.ts';
import { readTmpfsWords } from './tmpfs-words.ts';
import type { MountRequest } from './types.ts';

/** A mount as records of earlier versions have it: with the words of its flag. */
type EarlierMount = { options: string[] } & (
  | { kind: 'tmpfs'; target: string; origin: string }
  | Exclude<MountRequest, { kind: 'tmpfs' | 'kernel' }>
);

function isEarlier(mount: MountRequest | EarlierMount): mount is EarlierMount {
  return 'options' in mount;
}

/** A mount of any record in the form of today. */
export function currentMount(mount: MountRequest | EarlierMount): MountRequest {
  if (!isEarlier(mount)) return mount;
  const { options, ...rest } = mount;
  if (rest.kind === 'image') return rest;
  if (rest.kind === 'tmpfs') {
    const { readOnly, ...how } = readTmpfsWords(options, null);
    return { ...rest, readOnly, how };
  }
  // Whether it is for reading only was kept beside the words.
  const { readOnly: _, ...how } = readBindWords(options, null);
  return { ...rest, how };
}
