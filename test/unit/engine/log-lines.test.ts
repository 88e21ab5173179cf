import t from 'tap';
import { lastLines } from '../../../src/engine/containers/logs.ts';
import type { LogRecord } from '../../../src/monitor/log-reader.ts';
import { growthProblem, secondsOf } from '../../support/growth.ts';

/** Records of one letter each; a line goes on after a small one. */
function records(letters: string): LogRecord[] {
  return [...letters].map((letter) => ({
    time: '2026-01-01T00:00:00.000000000Z',
    stream: 'stdout',
    complete: letter === letter.toUpperCase(),
    content: Buffer.from(letter),
  }));
}

function last(letters: string, count: number): string {
  const kept = lastLines(records(letters), count);
  return Buffer.concat(kept.map(({ content }) => content)).toString();
}

t.test('a line may be of several records, and the last one without an end', async (t) => {
  t.same(
    [0, 1, 2, 3, 9].map((count) => last('AbcDEfg', count)),
    ['', 'fg', 'Efg', 'bcDEfg', 'AbcDEfg'],
  );
  t.equal(last('abcdefG', 1), 'abcdefG');
  t.equal(last('', 3), '');
});

t.test('many lines of many more cost in proportion to their number', async (t) => {
  const sizes = [2000, 20_000, 200_000];
  const seconds = sizes.map((size) => {
    const all = records('A'.repeat(size));
    return secondsOf(() => t.equal(lastLines(all, size / 2).length, size / 2));
  });
  t.equal(growthProblem(sizes, seconds), null);
});
