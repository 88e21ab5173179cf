/**
 * D4: buildah 2026-44517; buildkit 2026-33748; moby 2019-13139. Contexts from elsewhere: archives that lead out of where
 * they are unpacked, or end in the middle, and words for git that are options.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pack } from 'tar-stream';
import { Attack } from './support.ts';

const attack = new Attack();
const { sandbox, victim } = attack;

type Entry = [name: string, content: string | { link: string }];

/** The bytes of an archive. */
async function archive(...entries: Entry[]): Promise<Buffer> {
  const packer = pack();
  for (const [name, content] of entries) {
    if (typeof content === 'string') packer.entry({ name }, content);
    else packer.entry({ name, type: 'symlink', linkname: content.link });
  }
  packer.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of packer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Builds from an archive on standard input. */
function build(input: Buffer) {
  const [program = '', ...rest] = sandbox.argv(['build', '--no-cache', '--jobs', '1', '-']);
  const { status, stdout, stderr } = spawnSync(program, rest, {
    input,
    encoding: 'utf8',
    cwd: '/',
    timeout: 120_000,
  });
  return { code: status, said: stdout + stderr };
}

const good: Entry = ['Containerfile', 'FROM hello\nCOPY own /own\nRUN cat /own\n'];

t.test('entries of an archive stay within it', async (t) => {
  const hostile: Entry[] = [
    [`${'../'.repeat(20) + victim.slice(1)}/made`, 'BREAKOUT'],
    [join(victim, 'made'), 'BREAKOUT'],
    ['way', { link: victim }],
    ['way/made', 'BREAKOUT'],
  ];
  for (const entry of [...hostile.map((one) => [one]), hostile.slice(2)]) {
    build(await archive(...entry, good, ['own', 'own\n']));
    t.equal(attack.damage(), '', JSON.stringify(entry));
    t.notOk(existsSync(join(victim, 'made')));
  }
});

t.test('links of an archive are read within it', async (t) => {
  const canary = { link: join(victim, 'canary') };
  const file = build(await archive(['Containerfile', canary]));
  t.equal(file.code, 125);
  t.notMatch(file.said, /^canary$/m);
  const copied = build(await archive(good, ['own', canary]));
  t.not(copied.code, 0);
  t.notMatch(copied.said, /^canary$/m);
  const ignored = build(await archive(good, ['own', 'own\n'], ['.dockerignore', canary]));
  t.notMatch(ignored.said, /^canary$/m);
});

t.test(
  'an archive that ends in the middle, or has anything behind it, builds nothing else',
  async (t) => {
    const whole = await archive(good, ['own', 'own\n']);
    t.equal(build(whole.subarray(0, 700)).code, 125);
    const garbage = Buffer.from('FROM hello\nRUN echo GARBAGE\n'.repeat(100));
    t.notMatch(build(Buffer.concat([whole, garbage])).said, /^GARBAGE$/m);
    t.equal(attack.damage(), '');
  },
);

t.test('words for git are no options', async (t) => {
  const made = join(victim, 'made');
  for (const place of [
    `git://127.0.0.1:1/x#--upload-pack=touch ${made}`,
    `git://127.0.0.1:1/x#main:--upload-pack=touch ${made}`,
    `git://--upload-pack=touch ${made}/x`,
    `ssh://-oProxyCommand=touch ${made}/x`,
    `git@-oProxyCommand=touch ${made}:x.git`,
  ]) {
    const { code } = sandbox.run(['build', place]);
    t.equal(code, 125, place);
    t.notOk(existsSync(made), place);
  }
});

t.test('the same without malice', async (t) => {
  const { code, said } = build(
    await archive(good, ['own', { link: 'real' }], ['real', 'inside\n']),
  );
  t.equal(code, 0, said);
  t.match(said, /^inside$/m);
});

t.test('nothing is left', async (t) => {
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
