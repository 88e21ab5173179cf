// A22: bwrap 2020-5291, 2016-8659. Where there is no XDG_RUNTIME_DIR the runtime directory lies in
// /tmp, where somebody else may have made it before; and a program that is installed setuid.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { emptyTmp, onChangedMachine, singleIdWarning } from '../support/changed-machine.ts';
import { projectDir } from '../support/product.ts';
import { asTestUser, testUser } from '../support/user.ts';
import { Attack } from './support.ts';

const places: Record<string, string> = {
  'a directory of somebody else': 'mkdir "$p"; mount --bind /usr "$p"',
  'a directory that others may read': 'mkdir -m 755 "$p"',
  'a link to a directory of the user': 'mkdir "$0/d"; chmod 700 "$0/d"; ln -s "$0/d" "$p"',
  'a link to nowhere': 'ln -s /nowhere/at/all "$p"',
  'a file': ': > "$p"',
};

t.test('a runtime directory in /tmp that is not private is refused', async (t) => {
  const attack = new Attack();
  for (const [what, script] of Object.entries(places)) {
    const place = attack.sandbox.makeDirectory(what.replaceAll(' ', '-'));
    const machine = (lines: string) => ({
      place,
      script: `${emptyTmp}; p=/tmp/bryo-run-${testUser().uid}; ${lines}`,
      unset: ['XDG_RUNTIME_DIR'],
      bare: true,
    });
    const args = ['--root', join(place, 'r'), 'run', '--rm', '--network', 'none', 'hello', 'true'];
    const { code, stderr } = onChangedMachine(attack.sandbox, machine(script), args);
    t.equal(code, 125, what);
    t.match(stderr, /^Error: \/tmp\/bryo-run-\d+ is not private to you [^\n]+\n$/, what);
    t.notOk(existsSync(join(place, 'd', 'containers')), what);
    const honest = onChangedMachine(attack.sandbox, machine('mkdir -m 700 "$p"'), args);
    t.equal(honest.code, 0, `${what}: its twin`);
    t.equal(honest.stderr.replace(singleIdWarning, ''), '');
  }
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});

/** What a runtime directory may be like, made by a shell as `$p`; null: it is good. */
const hands: [string, RegExp | null][] = [
  ['p=/usr', /is not owned by the current user/],
  ['p=$0/w; mkdir -m 707 "$p"', /may be written to by others/],
  ['p=$0/w; : > "$p"', /is no directory|is a link or a file/],
  ['p=$0/w; mkdir -m 700 "$p"', null],
  // The test user's first group has nobody else in it.
  ['p=$0/w; mkdir -m 770 "$p"', null],
];
const links: [string, RegExp][] = [
  ['p=$0/w; mkdir -m 700 "$0/d"; ln -s "$0/d" "$p"', /is a link or a file/],
  ['p=$0/w; ln -s /nowhere "$p"', /is a link or a file/],
];

t.test('a runtime directory that others have a hand in is refused', async (t) => {
  const { sandbox } = new Attack();
  const [product = ''] = sandbox.argv([]).filter((word) => /\/(bryo|node)$/.test(word));
  const below = `mkdir -m 700 "$0/x"; mv "$p" "$0/x/bryo" 2>/dev/null || ln -s "$p" "$0/x/bryo"`;
  const cases = [
    ...hands.map(([script, message]) => ({
      script,
      message,
      way: `XDG_RUNTIME_DIR="$p" ${product}`,
    })),
    ...[...hands, ...links].flatMap(([script, message]) => [
      { script, message, way: `${product} --runroot "$p"` },
      {
        script: `${script}; ${below}`,
        message: script === 'p=/usr' ? /is a link or a file/ : message,
        way: `XDG_RUNTIME_DIR="$0/x" ${product}`,
      },
    ]),
  ];
  for (const [index, { script, message, way }] of cases.entries()) {
    const place = sandbox.makeDirectory(`place-${index}`);
    const shell = `${script}; ${way} --root "$0/r" run --rm --network none hello true`;
    const [program = '', ...rest] = asTestUser(['sh', '-c', shell, place]);
    const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
    t.equal(status, message === null ? 0 : 125, shell);
    t.match(stderr, message ?? /^$/, shell);
    t.match(stderr, message === null ? /^$/ : /^Error: the runtime directory [^\n]+\n$/, shell);
  }
  t.same(sandbox.close(), []);
});

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root makes such programs' };

t.test('setuid programs refuse to run', onlyRoot, async (t) => {
  const attack = new Attack();
  const directory = attack.sandbox.makeDirectory('setuid');
  for (const name of ['bryo', 'bryo-launcher']) {
    const path = join(directory, name);
    copyFileSync(join(projectDir, 'dist', name), path);
    chmodSync(path, 0o6755);
    const [program = '', ...rest] = attack.sandbox.argv(['version']);
    const at = rest.findIndex((word) => /\/(bryo|node)$/.test(word));
    const result = spawnSync(program, [...rest.slice(0, at), path, 'version'], {
      encoding: 'utf8',
    });
    t.match(result, { status: 125, stderr: /must not be installed setuid/ }, name);
  }
  t.same(attack.close(), []);
});
