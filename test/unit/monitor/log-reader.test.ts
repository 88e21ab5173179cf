import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

t.test('following across rotation until the end', async (t) => {
  writeFileSync(path, line('a'));
  rmSync(`${path}.1`);
  rmSync(`${path}.2`);
  const seen: string[] = [];
  let running = true;
  for await (const record of followLog({ path, maxFiles: 2, isRunning: () => running })) {
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
