import { readFileSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';

/** A range of a line of /etc/subuid or /etc/subgid (subuid(5)). */
export interface SubordinateRange {
  start: number;
  count: number;
}

/** The ranges a subuid file grants to a user, named by login name or by number. */
export function parseSubordinateFile(text: string, user: string, uid: number): SubordinateRange[] {
  const ranges: SubordinateRange[] = [];
  for (const line of text.split('\n')) {
    const [owner, start, count] = line.split(':');
    if (owner !== user && owner !== String(uid)) continue;
    if (!/^\d+$/.test(start ?? '') || !/^\d+\s*$/.test(count ?? '')) continue;
    if (Number(count) > 0) ranges.push({ start: Number(start), count: Number(count) });
  }
  return ranges;
}

/** Reads such a file; an absent one grants nothing. */
export function readSubordinateRanges(path: string, user: string, uid: number): SubordinateRange[] {
  try {
    return parseSubordinateFile(readFileSync(path, 'utf8'), user, uid);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}
