/** Patterns of ignore files, by the rules of moby/patternmatcher. */
import t from 'tap';
import { ignoreLines, ignoreRules } from '../../../src/containerfile/ignore.ts';

/** An ignore file, and paths; those that it ignores begin with a dash. */
const cases: readonly (readonly [file: string, paths: string])[] = [
  ['', 'a b/c'],
  ['# a\n\n  \n#b', 'a #b'],
  ['a', '-a -a/b -a/b/c ab b/a'],
  ['a/', '-a -a/b b/a'],
  ['/a', '-a -a/b b/a'],
  ['./a', '-a'],
  ['  a  ', '-a'],
  ['a//b/../c', '-a/c a/b'],
  ['\ufeffa', '-a'],
  ['a\r\nb\r\n', '-a -b'],
  ['*', '-a -a/b'],
  ['*.md', '-x.md a/x.md x.mdx'],
  ['*/x', '-a/x x a/b/x'],
  ['?', '-a ab -b/c'],
  ['a?c', '-abc a/c'],
  ['**', '-a -a/b/c'],
  ['**/x', '-x -a/x -a/b/x -a/x/y xa'],
  ['**/*.md', '-x.md -a/x.md -a/b/x.md'],
  ['**x', '-x -ax -a/bx xa'],
  ['a/**', 'a -a/b -a/b/c b/a/c'],
  ['a/**/z', '-a/z -a/b/z -a/b/c/z az'],
  ['a**b', '-ab -ax/b ax'],
  ['[ab].c', '-a.c -b.c c.c'],
  ['[^ab].c', 'a.c -c.c'],
  ['[a-c][0-9]', '-b7 d7 bb'],
  ['a\\*b', '-a*b axb'],
  ['a.b', '-a.b axb'],
  ['(a)+|b$', '-(a)+|b$ a'],
  ['*\n!a', 'a a/b -b'],
  ['!a\n*', '-a -b'],
  ['*.md\n!README*.md\nREADME-secret.md', 'README.md -x.md -README-secret.md'],
  ['docs\n!docs/README.md', '-docs -docs/x docs/README.md'],
  ['**\n!dist/**/*.js', '-src/a.js dist/a.js dist/b/c.js -dist/a.css'],
  ['test*\n!test2*\nsub1\nsub2\n!*/x*\n!sub1/y*', '-test1 test2 sub1/x1 -sub2/x1 sub1/y -sub1/z'],
  ['a☺c', '-a☺c'],
  ['a?c', '-a☺c'],
];

t.test('what an ignore file leaves out', async (t) => {
  for (const [file, words] of cases) {
    const rules = ignoreRules(ignoreLines(file));
    for (const word of words.split(' ')) {
      const path = word.replace(/^-/, '');
      t.equal(rules.ignores(path), word.startsWith('-'), `${JSON.stringify(file)}: ${path}`);
    }
  }
});

t.test('a directory is looked into where an exception names it or what lies in it', async (t) => {
  const rules = ignoreRules(ignoreLines('a\n!a/b/c\n!*/x\n!d'));
  t.ok(rules.mayHold('a'));
  t.ok(rules.mayHold('a/b'));
  t.ok(rules.mayHold('d'));
  t.notOk(rules.mayHold('a/c'));
  t.notOk(rules.mayHold('e'), 'a wildcard at the beginning names nothing');
  t.ok(ignoreRules(['!dist/**/*.js']).mayHold('dist/a/b'));
  t.notOk(ignoreRules(['!dist/**/*.js']).mayHold('src'));
  t.notOk(ignoreRules(['!a']).empty === false, 'exceptions alone leave nothing out');
});

t.test('patterns that are none', async (t) => {
  for (const line of ['!', '[', '[a', '[]', '[a-]', 'a\\', '[^]']) {
    t.throws(
      () => ignoreRules(ignoreLines(line), '.dockerignore'),
      {
        code: 'bad-containerfile',
        message: /^\.dockerignore:1: .*(syntax error|illegal exclusion)/,
      },
      line,
    );
  }
});

t.test('patterns and paths that are made to take long take no longer', async (t) => {
  const pattern = `${'*a'.repeat(50)}b`;
  t.notOk(ignoreRules([pattern]).ignores('a'.repeat(4000)));
  t.notOk(ignoreRules([`${'**/'.repeat(50)}x*y`]).ignores('a/'.repeat(2000).slice(0, -1)));
  const many = ignoreRules(Array.from({ length: 200 }, (_, at) => `dir${at}/**/*.o`));
  for (let at = 0; at < 2000; at += 1) t.notOk(many.ignores(`src/lib/part${at}/file.c`));
});
