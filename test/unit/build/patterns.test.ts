import t from 'tap';
import { hasWildcard, patternBase, patternMatcher } from '../../../src/build/patterns.ts';

function fits(pattern: string, ...paths: string[]): boolean[] {
  return paths.map(patternMatcher(pattern));
}

t.test('wildcards fit within a directory', async (t) => {
  t.same(fits('*.txt', 'a.txt', 'b/a.txt', '.txt', 'a.txt2'), [true, false, true, false]);
  t.same(fits('a?c', 'abc', 'ac', 'a/c'), [true, false, false]);
  t.same(fits('[a-c]x', 'ax', 'dx', '-x'), [true, false, false]);
  t.same(fits('[^a]x', 'ax', 'bx'), [false, true]);
  t.throws(() => patternMatcher('[]x'), { code: 'no-source', message: /syntax error in pattern/ });
});

t.test('two stars stand for directories', async (t) => {
  t.same(fits('**/*.go', 'a.go', 'x/a.go', 'x/y/a.go', 'a.goo'), [true, true, true, false]);
  t.same(fits('src/**', 'src/a', 'src/a/b', 'srd/a'), [true, true, false]);
});

t.test('a backslash takes the meaning away', async (t) => {
  t.same(fits('a\\*', 'a*', 'ab'), [true, false]);
  t.same(fits('a.b(c)', 'a.b(c)', 'aXb(c)'), [true, false], 'nothing else has a meaning');
});

t.test('stars by the dozen take no longer than their number', async (t) => {
  const name = 'a'.repeat(250);
  t.same(fits(`${'*a'.repeat(40)}b`, name), [false]);
});

t.test('the part that needs no looking is told from the rest', async (t) => {
  t.same(patternBase('a/b/*.txt'), { base: 'a/b', depth: 1 });
  t.same(patternBase('*/x/*.txt'), { base: '.', depth: 3 });
  t.same(patternBase('a/**/x'), { base: 'a', depth: -1 });
  t.equal(hasWildcard('a/b.txt'), false);
  t.equal(hasWildcard('a[b]'), true);
});
