import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { followLog, parseLogLine, readLog } from '../../../src/monitor/log-reader.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-log-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'ctr.log');
const stamp = '2026-01-01T00:00:00.000000000Z';
const line = (text: string, tag = 'F', stream = 'stdout') => `${stamp} ${stream} ${tag} ${text}\n`;
const text = (content: Uint8Array) => Buffer.from(content).toString();

t.test('one record', async (t) => {
  const record = parseLogLine(Buffer.from(line('a b  c').slice(0, -1)));
  t.match(record, { time: stamp, stream: 'stdout', complete: true });
  t.equal(text(record?.content ?? new Uint8Array()), 'a b  c');
  for (const bad of ['', 'x', `${stamp} stdout`, `${stamp} stdin F x`, `${stamp} stdout X x`]) {
    t.equal(parseLogLine(Buffer.from(bad)), null, bad);
  }
});

t.test('rotated files, oldest first, damaged records left out', async (t) => {
  writeFileSync(`${path}.2`, line('1'));
  writeFileSync(`${path}.1`, `${line('2')}garbage\n${line('3', 'P')}`);
  writeFileSync(path, `${line('4', 'F', 'stderr')}${line('half').slice(0, 20)}`);
  t.same(
    [...readLog(path, 3)].map((r) => text(r.content)),
    ['1', '2', '3', '4'],
  );
  t.same(
    [...readLog(path, 1)].map((r) => text(r.content)),
    ['4'],
  );
  t.same([...readLog(join(directory, 'absent'), 3)], []);
});

const onLost = (): void => {
  t.fail('nothing was lost');
};

/** As the monitor rotates a log of so many files, and goes on with one more line. */
function rotate(files: number, next: string): void {
  writeFileSync(`${path}.new`, line(next));
  for (let i = files - 1; i > 0; i -= 1) {
    const from = i === 1 ? path : `${path}.${i - 1}`;
    if (existsSync(from)) renameSync(from, `${path}.${i}`);
  }
  renameSync(`${path}.new`, path);
}

/** What is read of a log while each line that is read is answered by some rotations. */
async function readSlowly(files: number, rotations: number) {
  for (const name of ['', '.1', '.2', '.3']) rmSync(path + name, { force: true });
  writeFileSync(path, line('0'));
  const seen: number[] = [];
  let [last, lost, running] = [0, 0, true];
  const onLost = (): void => {
    lost += 1;
  };
  for await (const record of followLog({
    path,
    maxFiles: files,
    isRunning: () => running,
    onLost,
  })) {
    seen.push(Number(text(record.content)));
    for (let i = 0; i < rotations && last < 12; i += 1) {
      last += 1;
      rotate(files, String(last));
    }
    running = last < 12;
  }
  return { seen, lost };
}

t.test('a log that rotates several times while a line is read', async (t) => {
  const all = Array.from({ length: 13 }, (_, at) => at);
  t.same(await readSlowly(4, 1), { seen: all, lost: 0 }, 'once for each');
  const { seen, lost } = await readSlowly(4, 3);
  t.ok(lost > 0, 'what is rotated away is told of');
  t.equal(seen.at(-1), 12, 'and the end is read all the same');
  t.same(
    seen,
    [...new Set(seen)].sort((a, b) => a - b),
    'in its order, each line once',
  );
  rmSync(`${path}.1`, { force: true });
  rmSync(`${path}.2`, { force: true });
  rmSync(`${path}.3`, { force: true });
});

t.test('a log that rotates twice in the middle of its oldest file', async (t) => {
  for (const [name, content] of [
    ['.2', ['a', 'b']],
    ['.1', ['c']],
    ['', ['d']],
  ] as const) {
    writeFileSync(path + name, content.map((word) => line(word)).join(''));
  }
  const seen: string[] = [];
  for (const record of readLog(path, 3)) {
    seen.push(text(record.content));
    if (seen.length === 1) for (const next of ['e', 'f']) rotate(3, next);
  }
  t.same(seen, ['a', 'b', 'c', 'd'], 'what was there at the start is read');
});

t.test('following across rotation until the end', async (t) => {
  writeFileSync(path, line('a'));
  for (const name of ['.1', '.2', '.3']) rmSync(path + name, { force: true });
  const seen: string[] = [];
  let running = true;
  for await (const record of followLog({ path, maxFiles: 2, isRunning: () => running, onLost })) {
    seen.push(text(record.content));
    if (seen.length === 1) {
      appendFileSync(path, line('b'));
      renameSync(path, `${path}.1`);
      writeFileSync(path, line('c'));
    }
    if (seen.length === 3) {
      appendFileSync(path, line('d'));
      running = false;
    }
  }
  t.same(seen, ['a', 'b', 'c', 'd']);
});
