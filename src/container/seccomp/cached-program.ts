import { readFileSync } from 'node:fs';
import { errnoCode } from '../../base/errors.ts';
import { type WriteOptions, writeFileAtomic } from '../../store/atomic-file.ts';

/** The length and a checksum, little-endian, that are kept behind a program. */
const sealSize = 8;

/** FNV-1a over words of 32 bits, of which a program consists: no change of one word goes unseen. */
function checksum(program: Buffer): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at + 4 <= program.length; at += 4) {
    sum = Math.imul(sum ^ program.readInt32LE(at), 0x01000193);
  }
  return sum >>> 0;
}

/** The program of a sealed file; null: it is damaged. */
function unseal(bytes: Buffer): Buffer | null {
  const length = bytes.length - sealSize;
  if (length <= 0 || bytes.readUInt32LE(length) !== length) return null;
  const program = bytes.subarray(0, length);
  return checksum(program) === bytes.readUInt32LE(length + 4) ? program : null;
}

function seal(program: Buffer): Buffer {
  const end = Buffer.alloc(sealSize);
  end.writeUInt32LE(program.length);
  end.writeUInt32LE(checksum(program), 4);
  return Buffer.concat([program, end]);
}

/** The program that is kept in a file; null: there is none, or what is there is damaged. */
export function readProgram(path: string): Uint8Array | null {
  try {
    return unseal(readFileSync(path));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    return null;
  }
}

/** Keeps a compiled program in a file. */
export function keepProgram(path: string, program: Uint8Array, options: WriteOptions = {}): void {
  writeFileAtomic(path, seal(Buffer.from(program)), 'volatile', options);
}

/**
 * A compiled program from its file, or compiled (some 10 ms) and kept there. A power cut or a bad disk
 * must not become another filter: what is damaged is compiled anew.
 */
export function cachedProgram(path: string, compile: () => Uint8Array): Uint8Array {
  const kept = readProgram(path);
  if (kept !== null) return kept;
  const program = compile();
  keepProgram(path, program);
  return program;
}
