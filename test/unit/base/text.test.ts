import t from 'tap';
import {
  jsonText,
  printable,
  printableLines,
  terminalText,
  wellFormedJson,
} from '../../../src/base/text.ts';

t.test('escapes lose their effect and stay visible', async (t) => {
  t.equal(printable('\u001b[2J\u001b]0;owned\u0007'), '\\e[2J\\e]0;owned\\x07');
  t.equal(printable('a\nb\r\tc'), 'a\\nb\\r\\tc');
  t.equal(printable('\u009b31m'), '\\x9b31m', 'the one-byte CSI of C1');
  t.equal(printable('\u202egnp.exe'), '\\u202egnp.exe', 'right-to-left override');
  t.equal(printable('\0'), '\\x00');
});

t.test('ordinary text stays', async (t) => {
  t.equal(printable('größe ✓ 日本 \\n'), 'größe ✓ 日本 \\n');
  t.equal(printableLines('a\n\tb\u001b[m\n'), 'a\n\tb\\e[m\n');
});

t.test('JSON stays the same value', async (t) => {
  const value = { 'a\u009b': ['\u202e\u2028\u2069', 'plain ✓', '\u001b\n\u007f'] };
  for (const space of [undefined, 4]) {
    const text = jsonText(value, space);
    t.same(JSON.parse(text), value);
    t.notMatch(text, /[\u001b\u007f-\u009f\u202a-\u202e\u2028\u2069]/);
    t.same(JSON.parse(terminalText(JSON.stringify(value, null, space))), value);
  }
});

t.test(
  'bytes of file names that are no text become U+FFFD in JSON, and words that look like them stay',
  async (t) => {
    const value = ['\udcff\udcfe.txt', '\\udcff', '\\\\\udcff', '😀'];
    t.same(JSON.parse(wellFormedJson(value)), ['\ufffd\ufffd.txt', '\\udcff', '\\\\\ufffd', '😀']);
    t.equal(printable('\udcff.txt'), '\\xff.txt', 'a line shows the byte');
  },
);

t.test('text for a terminal', async (t) => {
  t.equal(terminalText('a\n\tb\rc\u001b[m\u009bm'), 'a\n\tb\\rc\\e[m\\u009bm');
  t.equal(terminalText('\u001b[1m\u009b', true), '\u001b[1m\\u009b');
});
