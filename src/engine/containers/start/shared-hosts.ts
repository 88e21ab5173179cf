import type { IdMap } from '../../../base/id-map.ts';
import { editInPlace } from './edit-in-place.ts';

const loopback = '127.0.0.1\t';

/** The names of a line by which containers that share a network are reached; null: it is none. */
function memberNames(line: string): string[] | null {
  if (!line.startsWith(loopback)) return null;
  const names = line.slice(loopback.length).split(' ');
  return names.includes('localhost') ? null : names;
}

/**
 * An /etc/hosts that containers share, with the line of one more: they reach each other on their
 * loopback interface. The lines of those that are gone, whose names are not among `staying`, go.
 */
export function withMember(
  text: string,
  names: readonly string[],
  staying: ReadonlySet<string>,
): string {
  const lines = text.split('\n').filter((line) => {
    const known = memberNames(line);
    return known === null || known.some((name) => staying.has(name) || names.includes(name));
  });
  const told = new Set(lines.flatMap((line) => line.split(/\s+/).slice(1)));
  const news = [...new Set(names)].filter((name) => !told.has(name));
  if (news.length > 0) lines.splice(-1, 0, `${loopback}${news.join(' ')}`);
  return lines.join('\n');
}

/** Writes the line of a container into the file that it shares, where the others see it at once. */
export function addMember(
  path: string,
  {
    names,
    staying,
    idMap,
  }: { names: readonly string[]; staying: ReadonlySet<string>; idMap: () => IdMap },
): Promise<void> {
  return editInPlace(path, idMap, (text) => withMember(text, names, staying));
}
