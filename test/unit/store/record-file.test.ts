import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  DamagedRecordError,
  readNeededRecord,
  readRecordFile,
  writeRecordFile,
} from '../../../src/store/record-file.ts';

interface Thing {
  kind: 'thing';
  size: number;
}

function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && (value as Thing).kind === 'thing';
}

const thing: Thing = { kind: 'thing', size: 7 };

t.test('a record is read as it was written', async (t) => {
  const path = join(t.testdir({}), 'record.json');
  t.same(readRecordFile(path, isThing), { kind: 'absent' });
  writeRecordFile(path, thing, 'durable');
  t.same(readRecordFile(path, isThing), { kind: 'sound', value: thing });
  writeFileSync(path, JSON.stringify(thing));
  t.same(readRecordFile(path, isThing), { kind: 'sound', value: thing }, 'also without a checksum');
});

t.test('each damage is told', async (t) => {
  const path = join(t.testdir({}), 'record.json');
  writeRecordFile(path, thing, 'volatile');
  const whole = readFileSync(path, 'utf8');
  const damages: Record<string, string | null> = {
    'is empty': '',
    'holds only zeros': '\0'.repeat(64),
    'is cut short': whole.slice(0, -3),
    'is no JSON': 'nonsense',
    'has been altered': whole.replace('7', '8'),
    'is of another kind': '{"kind":"other"}',
    'is no regular file': null,
  };
  for (const [damage, content] of Object.entries(damages)) {
    rmSync(path, { recursive: true, force: true });
    if (content === null) mkdirSync(path);
    else writeFileSync(path, content);
    const problem = { path, damage };
    t.same(readRecordFile(path, isThing), { kind: 'damaged', problem }, damage);
  }
  const absent = join(path, '..', 'absent.json');
  const problem = { path: absent, damage: 'is missing' } as const;
  t.same(readNeededRecord(absent, isThing), { kind: 'damaged', problem });
  const error = new DamagedRecordError('container x', problem, 'remove it');
  t.equal(error.message, `the record of container x is damaged: ${absent} is missing`);
});
