import t from 'tap';
import {
  formatAge,
  formatDuration,
  formatRoughDuration,
  formatTimestamp,
  parseDuration,
  parseTimeArgument,
  parseTimestamp,
} from '../../../src/base/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

t.test('Go durations', async (t) => {
  const cases: [string, number][] = [
    ['0', 0],
    ['10s', 10 * second],
    ['300ms', 300],
    ['1h30m', 90 * minute],
    ['-1.5h', -90 * minute],
    ['+5s', 5 * second],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['.5s', 500],
    ['1m1m', 2 * minute],
  ];
  for (const [text, value] of cases) t.equal(parseDuration(text), value, text);
  for (const text of ['', '5', '1d', 's', '1h 30m', '1h30', '--1s', '1s\n', 'h1']) {
    t.throws(() => parseDuration(text), { code: 'bad-duration' }, JSON.stringify(text));
  }
});

t.test('durations as Go prints them', async (t) => {
  const texts = ['0s', '1ns', '1.5µs', '300ms', '10s', '1.5s', '1m0s', '1h30m0s', '-25h0m0.5s'];
  for (const text of texts) t.equal(formatDuration(parseDuration(text)), text, text);
});

t.test('rough durations', async (t) => {
  const cases: [number, string][] = [
    [0, 'Less than a second'],
    [second, '1 second'],
    [59 * second, '59 seconds'],
    [minute, 'About a minute'],
    [3 * minute + 59 * second, '3 minutes'],
    [hour, 'About an hour'],
    [89 * minute, 'About an hour'],
    [90 * minute, '2 hours'],
    [47 * hour, '47 hours'],
    [2 * day, '2 days'],
    [13 * day, '13 days'],
    [14 * day, '2 weeks'],
    [60 * day, '2 months'],
    [729 * day, '24 months'],
    [730 * day, '2 years'],
  ];
  for (const [milliseconds, text] of cases) t.equal(formatRoughDuration(milliseconds), text, text);
  t.equal(formatAge(new Date(0), new Date(3 * minute)), '3 minutes ago');
});

t.test('timestamps', async (t) => {
  const nanoseconds = 1_700_000_000_123_456_789n;
  t.equal(formatTimestamp(nanoseconds), '2023-11-14T22:13:20.123456789Z');
  t.equal(parseTimestamp('2023-11-14T22:13:20.123456789Z'), nanoseconds);
  t.equal(parseTimestamp('2023-11-14T23:13:20.123456789+01:00'), nanoseconds);
  t.equal(formatTimestamp(-1n), '1969-12-31T23:59:59.999999999Z');
  t.equal(parseTimestamp('2023-11-14Z'), 1_699_920_000_000_000_000n, 'a date with a zone');
  t.equal(
    parseTimestamp('2023-11-14T10:00'),
    BigInt(new Date(2023, 10, 14, 10).getTime()) * 1_000_000n,
    'local time',
  );
  for (const text of ['2023-02-30T00:00:00Z', '2023-13-01', '2023-11-14T25:00:00Z', 'x', '']) {
    t.equal(parseTimestamp(text), null, JSON.stringify(text));
  }
});

t.test('--since and --until', async (t) => {
  const now = new Date('2026-01-01T00:00:00Z');
  const at = (text: string) => formatTimestamp(parseTimeArgument(text, now));
  t.equal(at('10m'), '2025-12-31T23:50:00.000000000Z');
  t.equal(at('-10m'), '2026-01-01T00:10:00.000000000Z', 'a negative duration lies ahead');
  t.equal(at('1700000000'), '2023-11-14T22:13:20.000000000Z');
  t.equal(at('1700000000.5'), '2023-11-14T22:13:20.500000000Z');
  t.equal(at('2025-01-02T03:04:05Z'), '2025-01-02T03:04:05.000000000Z');
  t.throws(() => at('yesterday'), { code: 'bad-time', message: 'invalid time "yesterday"' });
});
