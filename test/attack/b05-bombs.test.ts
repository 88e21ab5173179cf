// B5: tar-split 2017-14992; storage 2021-20291. Layers and answers that grow without end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openArchive } from '../../src/image/archive-files.ts';
import { GrowthBudget } from '../../src/store/growth.ts';
import { tar, tarEntry } from '../native/tar.ts';
import { projectDir } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';
import { Attack } from './support.ts';

/** Writes a tar of one huge file of a single byte, or of countless empty files, to a pipe. */
const generator = `
import sys
def header(name, size):
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108] = b'0000644\\0'; h[108:116] = b'0000000\\0'; h[116:124] = b'0000000\\0'
    h[124:136] = b'%011o\\0' % size if size < 8**11 else b'\\x80' + size.to_bytes(11, 'big')
    h[136:148] = b'00000000000\\0'; h[156:157] = b'0'; h[257:265] = b'ustar\\00000'
    h[148:156] = b' ' * 8
    h[148:156] = b'%06o\\0 ' % sum(h)
    return bytes(h)
out = sys.stdout.buffer
try:
    if sys.argv[1] != 'files':
        byte, size = (bytes(1), 10 << 10) if sys.argv[1] == 'zeros' else (b'x', 300)
        out.write(header(b'f', size << 20))
        for _ in range(size): out.write(byte * (1 << 20))
    else:
        while True: out.write(b''.join(header(b'd/%d' % i, 0) for i in range(1000)))
except BrokenPipeError: sys.exit(0)
`;

const refusals = {
  letters: /^bryo-worker: the layer is a decompression bomb: it grows more than 200 times\n$/,
  // They become a hole and fill no disk: the bound on what a layer may hold is for them.
  zeros: /^bryo-worker: the layer holds more than 536870912 bytes\n$/,
  files: /^bryo-worker: the layer holds more than 20000 entries\n$/,
};

t.test('many letters of few bytes, ten gigabytes of zeros, and files without end', async (t) => {
  const attack = new Attack();
  for (const [kind, refusal] of Object.entries(refusals)) {
    const dest = attack.sandbox.makeDirectory(kind);
    mkdirSync(join(dest, 'x'));
    spawnSync('chown', ['-R', '--reference', dest, join(dest, 'x')]);
    const worker = join(projectDir, 'dist', 'bryo-worker');
    // A bound that is small enough for a test: the rules are the same.
    const bounds = `--max-bytes ${512 << 20} --max-entries 20000`;
    const script = `python3 -c "$0" ${kind} | gzip -6 | ( ulimit -v 400000; exec ${worker} unpack --dest "$1" --owner self ${bounds} )`;
    const [program = '', ...rest] = asTestUser(['sh', '-c', script, generator, join(dest, 'x')]);
    const result = spawnSync(program, rest, { encoding: 'utf8' });
    t.equal(result.status, 1, kind);
    t.match(result.stderr, refusal, kind);
  }
  t.same(attack.close(), []);
});

t.test(
  'many layers that are each a small bomb, and an archive that has been one already',
  async (t) => {
    const attack = new Attack();
    const dest = attack.sandbox.makeDirectory('budget');
    const worker = join(projectDir, 'dist', 'bryo-worker');
    const budget = new GrowthBudget(100);
    const unpack = (name: string, megabytes: number, words: readonly string[]) => {
      const place = join(dest, name);
      mkdirSync(place);
      spawnSync('chown', ['--reference', dest, place]);
      const layer = gzipSync(tar({ path: 'f', content: Buffer.alloc(megabytes << 20, 'x') }));
      const argv = asTestUser([worker, 'unpack', '--dest', place, '--owner', 'self', ...words]);
      const [program = '', ...rest] = argv;
      return spawnSync(program, rest, { encoding: 'utf8', input: layer });
    };
    t.equal(unpack('first', 20, budget.words).status, 0, 'one is let pass');
    budget.charge(1 << 30, 1 << 20);
    const { status, stderr } = unpack('second', 20, budget.words);
    t.equal(status, 1);
    t.match(stderr, /is a decompression bomb: it grows more than 2 times/);
    t.equal(unpack('small', 10, budget.words).status, 0, 'what is small is no bomb');
    t.same(attack.close(), []);
  },
);

t.test('an archive that is a bomb itself, before anything in it is looked at', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  sandbox.ok('images');
  const header = tarEntry({ path: 'manifest.json', claimedSize: 2 ** 31 });
  const letters = gzipSync(Buffer.alloc(1 << 20, 'x'));
  const longName = { path: '././@LongLink', type: 'L', content: 'n'.repeat(5000) };
  const bombs: [string, Buffer, RegExp][] = [
    [
      'letters',
      Buffer.concat([gzipSync(header), ...Array(1100).fill(letters)]),
      /is a decompression bomb/,
    ],
    ['names', gzipSync(tar(longName, { path: 'x' })), /a name of more than 4096 characters/],
  ];
  for (const [name, bytes, stderr] of bombs) {
    const path = join(sandbox.directory, `${name}.tgz`);
    writeFileSync(path, bytes);
    t.match(sandbox.run(['load', '-q', '-i', path]), { code: 125, stdout: '', stderr }, name);
    t.same(readdirSync(join(sandbox.root, 'tmp')), [], 'nothing of it stays');
  }
  const zeros = tar(
    { path: 'layer.tar', content: Buffer.alloc(300 << 20) },
    { path: 'x', content: 'y' },
  );
  const place = join(sandbox.makeDirectory('spread'), 'a');
  const { files, growth } = await openArchive(Readable.from([gzipSync(zeros)]), place);
  t.ok(growth > 500, 'how much it has grown is known');
  const spread = files.find('layer.tar') ?? '';
  t.match(statSync(spread), { size: 300 << 20, blocks: 0 }, 'zeros fill no disk');
  t.equal(readFileSync(files.find('x') ?? '', 'utf8'), 'y');
  t.same(attack.close(), []);
});

t.test('nothing stays of a layer that was refused', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  sandbox.ok('images');
  const cut = attack.archive('cut', [attack.baseLayer().subarray(0, 700_000)]);
  t.match(sandbox.run(['load', '-q', '-i', cut]), { code: 125, stderr: /truncated/ });
  t.same(readdirSync(join(sandbox.root, 'tmp')), []);
  t.same(attack.close(), []);
});
