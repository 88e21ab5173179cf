import t from 'tap';
import { bytesOfName, nameOfBytes } from '../../../src/base/file-names.ts';
import { printable } from '../../../src/base/text.ts';

t.test('text stays as it is', async (t) => {
  for (const text of ['', 'plain', 'grün', '日本', '\u{1f600}', '\ufffd']) {
    t.equal(nameOfBytes(Buffer.from(text)), text);
    t.same(bytesOfName(text), Buffer.from(text));
  }
});

t.test('bytes that are no text come back as they were', async (t) => {
  const cases: number[][] = [
    [0xe9],
    [0x63, 0xe9, 0x66],
    [0xc3, 0xa9, 0xe9, 0xc3],
    [0xf0, 0x9f, 0x98],
    [0xf0, 0x9f, 0x98, 0x80, 0xff],
    // Surrogates, too long a form, and what is beyond Unicode are not UTF-8.
    [0xed, 0xb3, 0xa9],
    [0xc0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    Array.from({ length: 256 }, (_, byte) => byte),
  ];
  for (const bytes of cases) {
    const name = nameOfBytes(Buffer.from(bytes));
    t.same([...bytesOfName(name)], bytes, name);
  }
  t.equal([...nameOfBytes(Buffer.from([0x61, 0xff, 0x62]))].length, 3, 'a byte is one character');
});

t.test('a long text with a byte here and there', async (t) => {
  const bytes = Buffer.from('é'.repeat(500_000) + 'x'.repeat(1_000_000));
  for (let at = 0; at < bytes.length; at += 100_000) bytes[at] = 0xff;
  t.ok(bytesOfName(nameOfBytes(bytes)).equals(bytes));
});

t.test('such bytes are shown as what they are', async (t) => {
  t.equal(printable(nameOfBytes(Buffer.from([0x61, 0xe9, 0x9b, 0x0a]))), 'a\\xe9\\x9b\\n');
  t.equal(printable('\u{1f600}'), '\u{1f600}');
});
