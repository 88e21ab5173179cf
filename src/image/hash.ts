import { createReadStream } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { makeHash } from '../base/hash.ts';
import { type Digest, digestAlgorithm } from './digest.ts';
import type { Descriptor } from './manifest.ts';

/** sha256 digest of bytes. */
export function digestBytes(bytes: Uint8Array): Digest {
  return `sha256:${makeHash('sha256').update(bytes).digest('hex')}`;
}

function digestLike(bytes: Uint8Array, digest: Digest): string {
  const algorithm = digestAlgorithm(digest);
  return `${algorithm}:${makeHash(algorithm).update(bytes).digest('hex')}`;
}

export function isVerified(bytes: Uint8Array, digest: Digest): boolean {
  return digestLike(bytes, digest) === digest;
}

/** Errors: `wrong-digest`, naming `what`. */
export function verifyBytes(bytes: Uint8Array, digest: Digest, what: string): void {
  const actual = digestLike(bytes, digest);
  if (actual !== digest) throw wrongDigest(what, digest, actual);
}

/** Whether a file's bytes are those that a digest names. */
export async function isVerifiedFile(path: string, digest: Digest): Promise<boolean> {
  const algorithm = digestAlgorithm(digest);
  const hash = makeHash(algorithm);
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(part as Uint8Array);
  }
  return `${algorithm}:${hash.digest('hex')}` === digest;
}

/** Errors: `wrong-digest`, `wrong-size`, naming `what`. */
export function verifyDescribed(
  bytes: Uint8Array,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  what: string,
): void {
  verifyBytes(bytes, digest, what);
  if (bytes.length === size) return;
  throw new BryoError(
    'wrong-size',
    `${what} ${digest} has ${bytes.length} bytes, not the ${size} that are said of it`,
  );
}

export function wrongDigest(what: string, expected: string, actual: string): BryoError {
  return new BryoError(
    'wrong-digest',
    `${what} has the wrong digest: expected ${expected}, got ${actual}`,
  );
}

/** Counts and hashes a stream as it passes, then compares both with what was promised. */
export class StreamVerifier {
  readonly #hash;
  readonly #digest: Digest;
  readonly #size: number;
  received = 0;

  constructor(digest: Digest, size: number) {
    this.#digest = digest;
    this.#size = size;
    this.#hash = makeHash(digestAlgorithm(digest));
  }

  /** Errors: `wrong-size` as soon as there are too many bytes. */
  update(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (this.received > this.#size) throw this.#wrongSize('more');
    this.#hash.update(chunk);
  }

  /** Errors: `wrong-size`, `wrong-digest`. */
  finish(): void {
    if (this.received < this.#size) throw this.#wrongSize('less');
    const actual = `${digestAlgorithm(this.#digest)}:${this.#hash.digest('hex')}`;
    if (actual !== this.#digest) throw wrongDigest('the blob', this.#digest, actual);
  }

  #wrongSize(direction: 'more' | 'less'): BryoError {
    const expected = `${this.#size} bytes its manifest says`;
    return new BryoError(
      'wrong-size',
      `blob ${this.#digest} has ${direction} than the ${expected}`,
    );
  }
}
