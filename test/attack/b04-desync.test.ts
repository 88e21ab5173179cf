/**
 * B4: tokio-tar 2025-62518; tar-rs 2026-33055; node-tar. Two readers that disagree about where an
 * entry ends are how files are smuggled past one of them: what the unpacker makes is what GNU tar
 * lists, or nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pax, type TarEntry, tar } from '../native/tar.ts';
import { projectDir } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';
import { Attack } from './support.ts';

/** 10,000 in a run for its own sake; the suite takes the first few of the same archives. */
const rounds = Number(process.env['BRYO_TAR_ROUNDS'] ?? 60);
let state = 4711;

function random(below: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return state % below;
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
  switch (random(5)) {
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

function archive(): Buffer {
  const entries = Array.from({ length: 3 }, (_, index): TarEntry[] => [
    ...sizeRecords(),
    {
      path: `f${index}`,
      type: pick(['0', '0', '0', '7', '5', '2', '1']),
      content: pick(['', 'x', hidden]),
      link: pick(['', 'f0']),
      ...(random(4) === 0 && { claimedSize: random(3) * 512 }),
    },
  ]);
  return tar({ path: 'first', content: 'x' }, ...entries.flat(), { path: 'last', content: 'x' });
}

/** The names that GNU tar makes of an archive, warnings or none; null when it refuses it. */
function listedByTar(bytes: Buffer): string[] | null {
  const { status, stdout } = spawnSync('tar', ['-tf', '-'], { input: bytes, encoding: 'utf8' });
  if (status !== 0) return null;
  const names = stdout.split('\n').filter(Boolean);
  return [...new Set(names.map((name) => name.replace(/\/$/, '')))].sort();
}

t.test('what is made is what GNU tar lists', async (t) => {
  const attack = new Attack();
  const [program = '', ...rest] = asTestUser(['sh', '-c', 'exec "$0" "$@"']);
  const worker = join(projectDir, 'dist', 'bryo-worker');
  const outcomes = { same: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const bytes = archive();
    const dest = attack.sandbox.makeDirectory(`d${round}`);
    const unpack = [worker, 'unpack', '--dest', dest, '--owner', 'self'];
    const { status } = spawnSync(program, [...rest, ...unpack], { input: bytes });
    if (status === 0) {
      outcomes.same += 1;
      const listed = listedByTar(bytes);
      if (listed !== null) t.same(readdirSync(dest).sort(), listed, `round ${round}`);
      t.notOk(readdirSync(dest).includes('smuggled') && !listed?.includes('smuggled'));
    } else {
      outcomes.refused += 1;
      t.equal(status, 1, `round ${round}: refused, not crashed`);
    }
    rmSync(dest, { recursive: true, force: true });
  }
  t.comment(JSON.stringify(outcomes));
  t.ok(outcomes.same > 0 && outcomes.refused > 0, 'both happen');
  mkdirSync(join(attack.sandbox.directory, 'end'));
  t.same(attack.close(), []);
});
