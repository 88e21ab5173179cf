import {
  type SparseForm,
  sparseEntry,
  sparseForms,
  sparseRecords,
} from '../native/sparse-entries.ts';
import { pax, type TarEntry, tar } from '../native/tar.ts';

let state = 4711;

/** Of xorshift's upper bits, for its lower ones repeat themselves. */
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return Math.floor(((state >>> 0) / 2 ** 32) * below);
}

/** An archive inside a file: what a reader that is led astray would take for entries. */
const hidden = tar({ path: 'smuggled', content: 'x' }).toString('latin1').slice(0, 1024);

const sizes = [
  '0',
  '1',
  '512',
  '1024',
  '1023',
  '-1',
  '+512',
  ' 512',
  '0512',
  '512 ',
  '0x200',
  '1e3',
];

function pick<T>(list: readonly T[]): T {
  return list[random(list.length)] as T;
}

/** A header about the next entry's size, twice or in another place than expected. */
function sizeRecords(): TarEntry[] {
  switch (random(8)) {
    case 0:
      return [pax({ size: pick(sizes) })];
    case 1:
      return [pax({ size: pick(sizes) }, 'g')];
    case 2:
      return [pax({ size: pick(sizes) }), { path: 'L', type: 'L', content: 'longer\0' }];
    case 3:
      return [pax({ path: 'renamed' }), pax({ size: pick(sizes) })];
    default:
      return [];
  }
}

/** Pieces of data around holes: in order and apart, or nearly so. */
function pieces(): [number, number][] {
  let at = 0;
  return Array.from({ length: random(8) === 0 ? 5 + random(30) : random(4) }, () => {
    at += (random(3) - (random(40) === 0 ? 2 : 0)) * 512;
    const size = pick([512, 512, 1024, 1024, 0, random(8) === 0 ? 100 : 512]);
    const piece: [number, number] = [Math.max(at, 0), size];
    at += size;
    return piece;
  });
}

/** What one reader takes for a size, a map or a file's end, and another for something else. */
function changeRecords(records: [string, string][]): [string, string][] {
  const record = pick(records);
  switch (random(6)) {
    case 0:
      return records.filter((other) => other !== record);
    case 1:
      return [...records, [record[0], pick(['0', '1', '512', 'f0', '0,512', '-1'])]];
    case 2:
      return records.map(([key, value]) => (key === record[0] ? [key, pick(sizes)] : [key, value]));
    case 3:
      return [...records, ['size', pick(sizes)]];
    case 4:
      return [...records, ...sparseRecords('other', { pieces: pieces(), size: 4096 }, '0.1')];
    default:
      return [...records].reverse();
  }
}

function sparse(path: string): TarEntry[] {
  const form = pick<SparseForm>(sparseForms);
  const map = pieces();
  const stored = map.reduce((sum, [, size]) => sum + size, 0) + (random(16) === 0 ? 512 : 0);
  const data = Buffer.alloc(stored, pick(['x', hidden]), 'latin1');
  const end = Math.max(0, ...map.map(([offset, size]) => offset + size));
  const size = end + (random(8) === 0 ? pick([512, 512, 1, -512]) : 0);
  const file = { pieces: map, size: Math.max(size, 0), data };
  const entries = sparseEntry(path, file, form);
  const last = entries.at(-1) as TarEntry;
  if (random(12) === 0) last.type = pick(['S', '0', '5', '7', '2']);
  if (random(16) === 0) last.claimedSize = random(4) * 512;
  if (random(12) === 0) {
    const patch = last.patch;
    const [at, value] = [pick([386, 397, 398, 409, 410, 482, 483, 494]), random(256)];
    last.patch = (header) => {
      patch?.(header);
      header[at] = value;
    };
  }
  if (form === 'old' || random(6) > 0) return entries;
  return [pax(changeRecords(sparseRecords(path, file, form)), pick(['x', 'x', 'x', 'g'])), last];
}

/** Without content of their own, but GNU tar passes by so much when it lists, and not when it extracts. */
function isSizedLink({ type, content, claimedSize }: TarEntry): boolean {
  const isLink = type === '1' || type === '2';
  return isLink && (claimedSize ?? (content ?? '').length) > 0;
}

export interface RandomArchive {
  bytes: Buffer;
  /** GNU tar itself does not extract what it lists. */
  ambiguous: boolean;
}

export function randomArchive(): RandomArchive {
  const entries = Array.from({ length: 1 + random(3) }, (_, index): TarEntry[] => {
    if (random(2) === 0) return sparse(`f${index}`);
    return [
      ...sizeRecords(),
      {
        path: `f${index}`,
        type: pick(['0', '0', '0', '7', '5', '2', '1']),
        content: pick(['', 'x', hidden]),
        link: pick(['', 'f0']),
        ...(random(4) === 0 && { claimedSize: random(3) * 512 }),
      },
    ];
  });
  const all = entries.flat();
  const links = all.some(({ type }) => type === '1' || type === '2');
  return {
    bytes: tar({ path: 'first', content: 'x' }, ...all, { path: 'last', content: 'x' }),
    ambiguous: links && all.some((entry) => isSizedLink(entry) || 'xg'.includes(entry.type ?? '0')),
  };
}
