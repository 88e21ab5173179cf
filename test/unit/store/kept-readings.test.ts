import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { KeptReadings, keepReadings } from '../../../src/store/kept-readings.ts';

/** Long enough for the times of a file to tell its next change. */
const settle = () => setTimeout(150);

/** Readings that tell how often a file was read. */
function countedReadings() {
  const readings = new KeptReadings<string | null>();
  let count = 0;
  const ask = (path: string): string | null =>
    readings.read(
      path,
      () => null,
      () => {
        count += 1;
        return readFileSync(path, 'utf8');
      },
    );
  return { ask, count: () => count };
}

t.test('a file is read each time by who does not live long', async (t) => {
  const path = join(t.testdir({ file: 'one' }), 'file');
  await settle();
  const { ask, count } = countedReadings();
  t.same([ask(path), ask(path)], ['one', 'one']);
  t.equal(count(), 2);
});

t.test('a file that has not changed is read once, and each change of it is seen', async (t) => {
  keepReadings();
  const directory = t.testdir({ file: 'one' });
  const path = join(directory, 'file');
  const { ask, count } = countedReadings();
  t.equal(ask(path), 'one');
  t.equal(ask(path), 'one');
  t.equal(count(), 2, 'what has just been written may change unseen');
  await settle();
  t.same([ask(path), ask(path), ask(path)], ['one', 'one', 'one']);
  t.equal(count(), 3);
  writeFileSync(path, 'two');
  t.equal(ask(path), 'two', 'written in place, as long as before');
  await settle();
  t.same([ask(path), ask(path)], ['two', 'two']);
  writeFileSync(join(directory, 'next'), 'six');
  await settle();
  renameSync(join(directory, 'next'), path);
  t.equal(ask(path), 'six', 'replaced');
  rmSync(path);
  t.equal(ask(path), null, 'removed');
  writeFileSync(path, 'ten');
  t.equal(ask(path), 'ten', 'there again');
});

t.test('no more is kept than fits', async (t) => {
  keepReadings();
  const large = 'x'.repeat(5 * 1024 * 1024);
  const directory = t.testdir({ a: large, b: large });
  await settle();
  const { ask, count } = countedReadings();
  for (const name of ['a', 'a', 'b', 'b']) ask(join(directory, name));
  t.equal(count(), 3, 'the second one is read each time');
  rmSync(join(directory, 'a'));
  ask(join(directory, 'a'));
  for (const name of ['b', 'b']) ask(join(directory, name));
  t.equal(count(), 4, 'until the first one is gone');
});
