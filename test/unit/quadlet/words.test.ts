import t from 'tap';
import { quoteWord, quoteWords, splitWords } from '../../../src/quadlet/words.ts';

t.test('words are split by the rules of systemd', async (t) => {
  const cases: [string, string[] | null][] = [
    ['', []],
    ['  a  b\tc ', ['a', 'b', 'c']],
    [`"a b" 'c "d"' e"f g"h`, ['a b', 'c "d"', 'ef gh']],
    ['"" x', ['', 'x']],
    ['a\\x20b \\163h tab\\there', ['a b', 'sh', 'tab\there']],
    ['\\u00e9 \\U0001f331', ['é', '🌱']],
    // Unknown sequences stay as they are, as does NUL.
    ['\\q \\x00 \\', ['\\q', '\\x00', '\\']],
    ['%i $HOME', ['%i', '$HOME']],
    ['"open', null],
    ["it's", null],
  ];
  for (const [text, expected] of cases) t.same(splitWords(text), expected, text);
});

t.test('words are quoted so that systemd reads the same', async (t) => {
  t.equal(quoteWord('plain-%i=$X'), 'plain-%i=$X');
  t.equal(quoteWord(''), '""');
  t.equal(quoteWord(';'), '";"');
  const words = ['a b', 'c"d', "e'f", 'g\\h', 'line\nbreak', 'tab\t', '\x01', 'é'];
  t.same(splitWords(quoteWords(words)), words);
  t.notMatch(quoteWords(words), /\n/);
});
