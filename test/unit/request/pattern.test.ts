import t from 'tap';
import { readPattern } from '../../../src/request/pattern.ts';

/** What Go's regexp says of the same: expressions with a text that fits and one that does not. */
const cases: [string, string, string][] = [
  ['^web$', 'web', 'web2'],
  ['w.b|db', 'mydb', 'wb'],
  ['^Br1[[:digit:]]x$', 'Br13x', 'Br1ax'],
  ['(?i)^br', 'Br', 'rb'],
  ['\\Qa.b\\E', 'xa.b', 'axb'],
  ['(?P<a>x)1', 'x1', 'x2'],
  ['^[]a]+$', ']a', '[a'],
  ['^a{2,3}$', 'aaa', 'a'],
  ['^\\pL+$', 'äb', 'a1'],
  ['\\Aa\\z', 'a', 'ab'],
];

t.test('RE2', async (t) => {
  for (const [expression, fitting, other] of cases) {
    const fits = await readPattern('name', expression);
    t.ok(fits(fitting), expression);
    t.notOk(fits(other), expression);
  }
  const begins = await readPattern('id', 'a|b', { before: '^(?:', after: ')' });
  t.same(['ax', 'xb', 'bx'].map(begins), [true, false, true]);
  t.ok((await readPattern('name', ''))('anything'));
});

t.test('what is no expression', async (t) => {
  for (const bad of ['[', '(', 'a**', '(?=a)', '\\1', '*']) {
    const message = `--filter name=${bad}: the regular expression cannot be read`;
    await t.rejects(readPattern('name', bad), { code: 'usage', message }, bad);
  }
});
