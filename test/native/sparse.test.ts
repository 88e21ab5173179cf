// Entries of files with holes: read in all forms that GNU tar writes, and refused where readers would
// not agree.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  expanded,
  type Pieces,
  type SparseFile,
  sparseEntry,
  sparseForms,
  sparseLines,
  sparseRecords,
} from './sparse-entries.ts';
import { pax, type TarEntry, tar } from './tar.ts';
import { directory, unpack } from './worker-runs.ts';

const block = 512;
/** As GNU tar ends a file with a hole. */
const ended: SparseFile = {
  pieces: [
    [1 << 20, block],
    [3 << 20, 2 * block],
    [8 << 20, 0],
  ],
  size: 8 << 20,
};
const many: SparseFile = {
  pieces: Array.from({ length: 60 }, (_, i): [number, number] => [i << 17, i === 59 ? 5 : block]),
  size: (59 << 17) + 5,
};

t.test('archives of GNU tar', async (t) => {
  const source = join(directory, 'source');
  mkdirSync(source);
  const name = `${'n'.repeat(120)}ü`;
  for (const [file, pieces, size] of [
    [name, 60, 100 << 20],
    ['few', 1, 8 << 20],
    ['hole', 0, 8 << 20],
  ] as const) {
    const fd = openSync(join(source, file), 'w');
    for (let i = 0; i < pieces; i += 1) writeSync(fd, `data ${i}`, (i << 20) + (1 << 19));
    ftruncateSync(fd, size);
    closeSync(fd);
  }
  for (const form of sparseForms) {
    const how = form === 'old' ? ['--format=gnu'] : ['--format=posix', `--sparse-version=${form}`];
    const options = ['--owner=0', '--group=0', '--sparse', ...how];
    const argv = ['-C', source, ...options, '-cf', '-', '.'];
    const bytes = execFileSync('tar', argv, { maxBuffer: 1 << 28 });
    t.ok(bytes.length < 4 << 20, 'the archive is sparse');
    const { dest, code, stdout, stderr } = unpack(bytes);
    t.equal(code, 0, `${form}: ${stderr}`);
    t.same(readdirSync(dest).sort(), [name, 'few', 'hole'].sort(), form);
    t.match(JSON.parse(stdout), { bytes: 116 << 20 }, 'holes are part of a size');
    for (const file of readdirSync(source)) {
      const made = join(dest, file);
      t.ok(readFileSync(made).equals(readFileSync(join(source, file))), `${form}: ${file}`);
      t.ok(statSync(made).blocks * block < 1 << 20, `${form}: a hole stays a hole`);
    }
  }
});

t.test('every form, and what follows it', async (t) => {
  const whole: SparseFile = { pieces: [[0, 700]], size: 700 };
  const open: SparseFile = { pieces: [[block, block]], size: 1 << 20 };
  const empty: SparseFile = { pieces: [[0, 0]], size: 0 };
  for (const form of sparseForms) {
    for (const [name, file] of Object.entries({ ended, many, whole, open, empty })) {
      const entries = sparseEntry('d/f', file, form);
      const { dest, code, stderr } = unpack(tar(...entries, { path: 'last', content: 'x' }));
      t.equal(code, 0, `${form} ${name}: ${stderr}`);
      t.same(readdirSync(dest), ['d', 'last']);
      t.same(readdirSync(join(dest, 'd')), ['f']);
      t.ok(readFileSync(join(dest, 'd', 'f')).equals(expanded(file)), `${form} ${name}`);
    }
  }
  const large: SparseFile = { pieces: [[2 ** 34, 5]], size: 2 ** 34 + 5 };
  for (const form of sparseForms) {
    const { dest, code } = unpack(tar(...sparseEntry('f', large, form)));
    t.equal(code, 0, form);
    t.equal(statSync(join(dest, 'f')).size, large.size);
  }
});

/** The same lies in each form. */
const lies: Record<string, { pieces: Pieces; size: number; data?: Buffer }> = {
  overlap: {
    pieces: [
      [0, 1024],
      [512, 512],
    ],
    size: 4096,
  },
  disorder: {
    pieces: [
      [2048, 512],
      [0, 512],
    ],
    size: 4096,
  },
  'after the end': { pieces: [[4096, 512]], size: 4096 },
  'over the end': { pieces: [[4095, 512]], size: 4096 },
  'an end that overflows': {
    pieces: [
      [2 ** 62, 512],
      [2 ** 63, 512],
    ],
    size: 4096,
  },
  'less data': { pieces: [[0, 1024]], size: 4096, data: Buffer.alloc(512, 'x') },
  'more data': { pieces: [[0, 512]], size: 4096, data: Buffer.alloc(1024, 'x') },
  'a piece of half a block': {
    pieces: [
      [0, 100],
      [1024, 100],
    ],
    size: 4096,
  },
  'a size without limit': { pieces: [[0, 512]], size: 2 ** 62 },
  'sixty-four gigabytes and one': {
    pieces: [
      [0, 1],
      [2 ** 36 + 1, 0],
    ],
    size: 2 ** 36 + 1,
  },
};

const good: SparseFile = {
  pieces: [
    [0, block],
    [2048, 0],
  ],
  size: 2048,
};
const file: TarEntry = { path: 'f', content: Buffer.alloc(block, 'x') };
const records = (form: '0.0' | '0.1' | '1.0') => sparseRecords('f', good, form);
const lines = (...numbers: (number | string)[]): TarEntry => ({
  path: 'x',
  content: Buffer.concat([sparseLines(numbers), Buffer.alloc(block, 'x')]),
});
const without = (form: '0.0' | '0.1' | '1.0', key: string) =>
  pax(records(form).filter(([name]) => name !== `GNU.sparse.${key}`));
const also = (form: '0.0' | '0.1' | '1.0', key: string, value: string) =>
  pax([...records(form), [`GNU.sparse.${key}`, value]]);
const patched = (entry: TarEntry | undefined, patch: (header: Buffer) => void): TarEntry => ({
  ...(entry as TarEntry),
  patch: (header) => {
    entry?.patch?.(header);
    patch(header);
  },
});
const [old] = sparseEntry('f', good, 'old');
const [oldMany] = sparseEntry('f', many, 'old');

const crafted: Record<string, TarEntry[]> = {
  'no map': [without('0.1', 'map'), file],
  'no number of pieces': [without('0.1', 'numblocks'), file],
  'no size': [without('0.1', 'size'), file],
  'no minor version': [without('1.0', 'minor'), lines(1, 0, 512)],
  'a name alone': [pax({ 'GNU.sparse.name': 'g' }), file],
  'a size alone': [pax({ 'GNU.sparse.realsize': '4096' }), file],
  'two sizes': [also('0.1', 'realsize', '2048'), file],
  'two names': [also('0.1', 'name', 'g'), file],
  'two maps': [also('0.1', 'map', '0,512,2048,0'), file],
  'pairs after a map': [also('0.1', 'offset', '0'), file],
  'half a pair': [also('0.0', 'offset', '4096'), file],
  'a size before its offset': [also('0.0', 'numbytes', '0'), file],
  'a version of another form': [also('1.0', 'numblocks', '1'), lines(1, 0, 512)],
  'version 1.1': [
    pax(records('1.0').map(([k, v]) => [k, k.endsWith('minor') ? '1' : v])),
    lines(1, 0, 512),
  ],
  'version 2.0': [
    pax(records('1.0').map(([k, v]) => [k, k.endsWith('major') ? '2' : v])),
    lines(1, 0, 512),
  ],
  'an unknown record': [also('1.0', 'holes', '1'), lines(1, 0, 512)],
  'for all files': [pax(records('0.1'), 'g'), file],
  'a directory': [pax(records('0.1')), { path: 'f/', type: '5' }],
  'a directory by its name': [pax(sparseRecords('f/', good, '0.1')), file],
  'a link': [pax(records('0.1')), { path: 'f', type: '2', link: 'x' }],
  'both forms': [pax(records('0.1')), ...sparseEntry('f', good, 'old')],
  'an odd map': [pax([...records('0.1').slice(0, 3), ['GNU.sparse.map', '0,512,2048']]), file],
  'a map with a sign': [
    pax([...records('0.1').slice(0, 3), ['GNU.sparse.map', '+0,512,2048,0']]),
    file,
  ],
  'an empty number': [pax([...records('0.1').slice(0, 3), ['GNU.sparse.map', '0,,2048,0']]), file],
  'fewer pieces than said': [
    pax(records('0.1').map(([k, v]) => [k, k.endsWith('blocks') ? '3' : v])),
    file,
  ],
  'lines: more than the data': [pax(records('1.0')), lines(200, 0, 512)],
  'lines: pieces without number': [pax(records('1.0')), lines(2 ** 40, 0, 512)],
  'lines: no digits': [pax(records('1.0')), lines('', 0, 512)],
  'lines: a sign': [pax(records('1.0')), lines(1, '-0', 512)],
  'lines: a space': [pax(records('1.0')), lines(1, ' 0', 512)],
  'lines: hexadecimal': [pax(records('1.0')), lines(1, '0x0', 512)],
  'lines: twenty digits': [pax(records('1.0')), lines(1, '0'.repeat(20), 512)],
  'lines: half a block': [pax(records('1.0')), { path: 'x', content: '1\n0\n1\nx' }],
  'old: not of GNU': [patched(old, (header) => header.write('ustar\x0000', 257))],
  'old: two sizes': [pax({ size: '512' }), old as TarEntry],
  'old: an end that is none': [patched(old, (header) => header.fill(0, 398, 410))],
  'old: a gap in the map': [patched(oldMany, (header) => header.fill(0, 410, 434))],
  'old: it goes on after its end': [patched(old, (header) => header.fill(1, 482, 483))],
  'old: no digit': [patched(old, (header) => header.fill(' ', 386, 398))],
  'old: no octal digit': [patched(old, (header) => header.write('9', 396))],
  'old: a negative number': [patched(old, (header) => header.fill(0xff, 386, 398))],
  'old: no size': [patched(old, (header) => header.fill('-', 483, 495))],
  'old: a directory': [{ ...(old as TarEntry), path: 'f/' }],
  'old: maps without end': [
    {
      ...patched(old, (header) => {
        const full = Buffer.from('00000000000\0'.repeat(8));
        full.copy(header, 386);
        header[482] = 1;
      }),
      content: Buffer.concat(
        Array.from({ length: 13_000 }, () =>
          Buffer.concat([
            Buffer.from('00000000000\0'.repeat(42)),
            Buffer.from('\x01\0\0\0\0\0\0\0'),
          ]),
        ),
      ),
    },
  ],
};

t.test('what readers would not agree on', async (t) => {
  const refused = (name: string, entries: TarEntry[]): void => {
    const { dest, code, stderr } = unpack(tar(...entries, { path: 'last', content: 'x' }));
    t.equal(code, 1, name);
    t.match(
      stderr,
      /^bryo-worker: (malformed (sparse entry|extended header)|the layer holds more than|the layer is truncated)[^\n]*\n$/,
      name,
    );
    t.notOk(readdirSync(dest).includes('last'), `${name}: ended there`);
  };
  for (const form of sparseForms) {
    for (const [name, lie] of Object.entries(lies)) {
      refused(`${form}: ${name}`, sparseEntry('f', lie, form));
    }
  }
  for (const [name, entries] of Object.entries(crafted)) refused(name, entries);
});

t.test('holes count for what a layer may hold', async (t) => {
  for (const form of sparseForms) {
    const bytes = tar(...sparseEntry('a', ended, form), ...sparseEntry('b', ended, form));
    t.equal(unpack(bytes, '--max-bytes', String(16 << 20)).code, 0, form);
    const { code, stderr } = unpack(bytes, '--max-bytes', String((16 << 20) - 1));
    t.equal(code, 1, form);
    t.equal(stderr, `bryo-worker: the layer holds more than ${(16 << 20) - 1} bytes\n`);
  }
});

t.test('a file that is cut in its map or its data', async (t) => {
  for (const form of sparseForms) {
    const bytes = tar(...sparseEntry('f', many, form));
    for (let size = block; size < bytes.length - 3 * block; size += 5 * block) {
      const { dest, code, stderr } = unpack(bytes.subarray(0, size + 100));
      t.equal(code, 1, `${form}: ${size}`);
      t.match(stderr, /^bryo-worker: the layer is truncated\n$/);
      rmSync(dest, { recursive: true });
    }
  }
});
