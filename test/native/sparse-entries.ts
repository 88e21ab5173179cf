import { pax, type TarEntry } from './tar.ts';

/** Offset and size of each piece of data. */
export type Pieces = readonly (readonly [number, number])[];

export const sparseForms = ['old', '0.0', '0.1', '1.0'] as const;
export type SparseForm = (typeof sparseForms)[number];

export interface SparseFile {
  pieces: Pieces;
  /** Of the file, with its holes. */
  size: number;
  /** The data of all pieces; made up unless given. */
  data?: Buffer;
}

const block = 512;
const oldInHeader = 4;
const oldInBlock = 21;

export function dataOf({ pieces, data }: SparseFile): Buffer {
  const size = pieces.reduce((sum, piece) => sum + piece[1], 0);
  return data ?? Buffer.alloc(size, 'The quick brown fox jumps over the lazy dog. ');
}

/** What a reader makes of it. */
export function expanded(file: SparseFile): Buffer {
  const content = Buffer.alloc(file.size);
  const data = dataOf(file);
  let from = 0;
  for (const [offset, size] of file.pieces) {
    data.copy(content, offset, from, from + size);
    from += size;
  }
  return content;
}

/** Eleven octal digits, or base-256 where they do not do. */
function oldNumber(value: number): Buffer {
  const field = Buffer.alloc(12);
  if (value < 8 ** 11) {
    field.write(value.toString(8).padStart(11, '0'));
  } else {
    field[0] = 0x80;
    field.writeBigUInt64BE(BigInt(value), 4);
  }
  return field;
}

function oldPieces(pieces: Pieces, room: number): Buffer {
  const numbers = pieces.flatMap(([offset, size]) => [oldNumber(offset), oldNumber(size)]);
  return Buffer.concat([...numbers, Buffer.alloc(24 * (room - pieces.length))]);
}

/** GNU tar's old form: type 'S', the map in the header and in blocks after it. */
function oldEntry(path: string, file: SparseFile): TarEntry {
  const { pieces, size } = file;
  const more: Buffer[] = [];
  for (let at = oldInHeader; at < pieces.length; at += oldInBlock) {
    const last = at + oldInBlock >= pieces.length;
    const map = oldPieces(pieces.slice(at, at + oldInBlock), oldInBlock);
    more.push(map, Buffer.from([last ? 0 : 1]), Buffer.alloc(7));
  }
  const data = dataOf(file);
  return {
    path,
    type: 'S',
    content: Buffer.concat([...more, data]),
    claimedSize: data.length,
    patch: (header) => {
      header.write('ustar  \0', 257);
      oldPieces(pieces.slice(0, oldInHeader), oldInHeader).copy(header, 386);
      header[482] = pieces.length > oldInHeader ? 1 : 0;
      oldNumber(size).copy(header, 483);
    },
  };
}

/** The lines of form 1.0 in whole blocks. */
export function sparseLines(numbers: readonly (number | string)[]): Buffer {
  const text = numbers.map((number) => `${number}\n`).join('');
  return Buffer.concat([Buffer.from(text), Buffer.alloc((block - (text.length % block)) % block)]);
}

export function sparseRecords(
  path: string,
  { pieces, size }: SparseFile,
  form: SparseForm,
): [string, string][] {
  const count = String(pieces.length);
  const sized: [string, string] = ['GNU.sparse.size', String(size)];
  switch (form) {
    case '0.0':
      return [
        sized,
        ['GNU.sparse.numblocks', count],
        ...pieces.flatMap(([offset, length]): [string, string][] => [
          ['GNU.sparse.offset', String(offset)],
          ['GNU.sparse.numbytes', String(length)],
        ]),
      ];
    case '0.1':
      return [
        sized,
        ['GNU.sparse.numblocks', count],
        ['GNU.sparse.name', path],
        ['GNU.sparse.map', pieces.flat().join(',')],
      ];
    default:
      return [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', path],
        ['GNU.sparse.realsize', String(size)],
      ];
  }
}

/** An entry of a file with holes, as GNU tar writes it. */
export function sparseEntry(path: string, file: SparseFile, form: SparseForm): TarEntry[] {
  if (form === 'old') return [oldEntry(path, file)];
  const lines =
    form === '1.0' ? sparseLines([file.pieces.length, ...file.pieces.flat()]) : Buffer.alloc(0);
  return [
    pax(sparseRecords(path, file, form)),
    {
      path: form === '0.0' ? path : 'GNUSparseFile.x',
      content: Buffer.concat([lines, dataOf(file)]),
    },
  ];
}
