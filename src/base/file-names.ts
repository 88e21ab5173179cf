import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';

/** Lone halves of surrogate pairs, each of which stands for a byte that is no text. */
const escaped = /([\udc80-\udcff])/u;
const firstEscape = 0xdc00;

/** Bytes of the UTF-8 sequence that a first byte announces; 0: none begins with it. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

function decodePiecewise(bytes: Buffer): string {
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const length = sequenceLength(first);
    const whole = length > 0 && at + length <= bytes.length;
    if (whole && (length === 1 || isUtf8(bytes.subarray(at, at + length)))) {
      at += length;
      continue;
    }
    pieces.push(bytes.toString('utf8', from, at), String.fromCharCode(firstEscape + first));
    at += 1;
    from = at;
  }
  pieces.push(bytes.toString('utf8', from));
  return pieces.join('');
}

/**
 * Bytes of file names, or of a text that has some, as a string that loses nothing: a byte that is not part of UTF-8
 * becomes a lone surrogate, U+DC80 to U+DCFF (the way of Python's surrogateescape, PEP 383). `bytesOfName` undoes it.
 */
export function nameOfBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : decodePiecewise(bytes);
}

/** The bytes of a file name. */
export function bytesOfName(name: string): Buffer {
  if (!escaped.test(name)) return Buffer.from(name);
  const pieces = name
    .split(escaped)
    .map((piece, at) =>
      at % 2 === 1 ? Buffer.of(piece.charCodeAt(0) - firstEscape) : Buffer.from(piece),
    );
  return Buffer.concat(pieces);
}

/** Functions of paths that may have such bytes: Bun's own take them for U+FFFD. */
function keepingBytes(use: (...paths: string[]) => string): (...paths: string[]) => string {
  return (...paths) => {
    if (!paths.some((path) => escaped.test(path))) return use(...paths);
    const result = use(...paths.map((path) => bytesOfName(path).toString('latin1')));
    return nameOfBytes(Buffer.from(result, 'latin1'));
  };
}

/** `posix` of node:path for paths by `nameOfBytes`. */
export const namePaths = {
  basename: keepingBytes((path = '') => posix.basename(path)),
  dirname: keepingBytes((path = '') => posix.dirname(path)),
  join: keepingBytes(posix.join),
  normalize: keepingBytes((path = '') => posix.normalize(path)),
  resolve: keepingBytes(posix.resolve),
};
