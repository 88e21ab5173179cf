import { readFileSync } from 'node:fs';
import { errnoCode } from '../../base/errors.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';

/** A compiled program from its file, or compiled (some 10 ms) and kept there. */
export function cachedProgram(path: string, compile: () => Uint8Array): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
  const program = compile();
  writeFileAtomic(path, program, 'volatile');
  return program;
}
