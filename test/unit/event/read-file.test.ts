import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { olderEventFile } from '../../../src/event/event-file.ts';
import { followEvents, readEvents } from '../../../src/event/read-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-events-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'events.log');
const entry = (name: string) => `${JSON.stringify({ Status: 'start', Name: name })}\n`;
const nameOf = (event: object) => ('Name' in event ? event.Name : undefined);

t.test('letters of several bytes are whole, wherever a reading ends', async (t) => {
  // Three bytes a letter: no power of two is between two of them for long.
  const names = Array.from({ length: 60 }, (_, index) => '€'.repeat(20_000 + index));
  writeFileSync(path, names.map(entry).join(''));
  t.same([...readEvents(path)].map(nameOf), names);
});

t.test('what is no event, and a line without end', async (t) => {
  writeFileSync(path, `${entry('a')}{}\nnot JSON\n${'x'.repeat(3 << 20)}\n${entry('b')}{"Status"`);
  t.same([...readEvents(path)].map(nameOf), ['a', 'b']);
});

for (const past of [true, false]) {
  t.test(
    `rotation while they are followed, ${past ? 'from the first' : 'from now'} on`,
    async (t) => {
      writeFileSync(olderEventFile(path), entry('1'));
      writeFileSync(path, entry('2'));
      const seen: unknown[] = [];
      let asked = 0;
      const isOver = (): boolean => {
        asked += 1;
        if (asked === 1) appendFileSync(path, entry('3'));
        if (asked === 2) {
          appendFileSync(path, entry('4'));
          renameSync(path, olderEventFile(path));
          writeFileSync(path, entry('5'));
        }
        return asked > 3;
      };
      for await (const event of followEvents(path, past, isOver)) seen.push(nameOf(event));
      t.same(seen, past ? ['1', '2', '3', '4', '5'] : ['3', '4', '5']);
    },
  );
}
