import t from 'tap';
import { printable, printableLines } from '../../../src/base/text.ts';

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
