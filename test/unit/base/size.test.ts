import t from 'tap';
import { formatSize, parseSize } from '../../../src/base/size.ts';

t.test('sizes of options', async (t) => {
  const cases: [string, number][] = [
    ['0', 0],
    ['4096', 4096],
    ['10b', 10],
    ['64k', 65_536],
    ['64m', 67_108_864],
    ['1g', 1_073_741_824],
    ['1G', 1_073_741_824],
    ['10mb', 10_485_760],
    ['1.5GiB', 1_610_612_736],
    ['1 kb', 1024],
    ['2t', 2 * 1024 ** 4],
    ['.5k', 512],
  ];
  for (const [text, bytes] of cases) t.equal(parseSize(text), bytes, text);
  t.equal(parseSize('10m', 1000), 10_000_000, 'decimal');
  t.equal(parseSize('10MiB', 1000), 10_485_760, 'binary in spite of a decimal base');
});

t.test('what is no size', async (t) => {
  for (const text of ['', 'm', '-1', '1q', '1 2', '1e3', '10ib', ' 1', '1mm', '9999999p', 'NaN']) {
    t.throws(() => parseSize(text), { code: 'bad-size' }, JSON.stringify(text));
  }
});

t.test('sizes for people', async (t) => {
  t.equal(formatSize(0), '0B');
  t.equal(formatSize(999), '999B');
  t.equal(formatSize(5330), '5.33kB');
  t.equal(formatSize(12_345_678), '12.35MB');
  t.equal(formatSize(999_999), '1MB', 'rounding reaches the next unit');
  t.equal(formatSize(7_660_000, { digits: 3, separator: ' ' }), '7.66 MB');
  t.equal(formatSize(999_900, { digits: 3 }), '1MB');
  t.equal(formatSize(123_456_789_000, { digits: 3, separator: ' ' }), '123 GB');
});
