import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cachedProgram } from '../../../src/container/seccomp/cached-program.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-program-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'program');
const program = Buffer.from([...Array(64).keys()]);
let compiled = 0;

function read(): Buffer {
  return Buffer.from(
    cachedProgram(path, () => {
      compiled += 1;
      return program;
    }),
  );
}

t.same([read(), read()], [program, program]);
t.equal(compiled, 1, 'the second time it is kept');

t.test('a damaged file never becomes a filter', async (t) => {
  const sound = readFileSync(path);
  const damaged: Buffer[] = [
    Buffer.alloc(0),
    Buffer.alloc(4),
    Buffer.alloc(sound.length),
    sound.subarray(0, 32),
    sound.subarray(0, sound.length - 1),
    Buffer.concat([sound, Buffer.alloc(8)]),
    program,
  ];
  for (let bit = 0; bit < sound.length * 8; bit += 1) {
    const flipped = Buffer.from(sound);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    damaged.push(flipped);
  }
  const before = compiled;
  for (const bytes of damaged) {
    writeFileSync(path, bytes);
    if (!read().equals(program)) t.fail(`taken for a filter: ${bytes.toString('hex')}`);
  }
  t.equal(compiled - before, damaged.length, 'each is compiled anew');
  t.same(readFileSync(path), sound, 'and the file is whole again');
});
