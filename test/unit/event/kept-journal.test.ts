import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readsOwnJournal } from '../../../src/event/kept-journal.ts';

const place = mkdtempSync(join(tmpdir(), 'bryo-journal-'));
t.teardown(() => rmSync(place, { recursive: true, force: true }));
const lasting = join(place, 'var');
const volatile = join(place, 'run');
const places = { lasting, volatile };

t.test('files that stay are split among users', (t) => {
  t.notOk(readsOwnJournal(places, 1000), 'there are none');
  mkdirSync(join(lasting, 'id'), { recursive: true });
  t.ok(readsOwnJournal(places, 1000), 'the own one is yet to come');
  t.notOk(readsOwnJournal(places, 999), 'a user of the system has none of its own');
  writeFileSync(join(lasting, 'id/system.journal'), '');
  t.ok(readsOwnJournal(places, 999));
  t.end();
});

t.test('those that a reboot wipes are not', (t) => {
  rmSync(lasting, { recursive: true });
  mkdirSync(join(volatile, 'id'), { recursive: true });
  t.notOk(readsOwnJournal(places, 1000));
  const shared = join(volatile, 'id/system.journal');
  writeFileSync(shared, '');
  t.ok(readsOwnJournal(places, 1000));
  if (process.getuid?.() !== 0) {
    chmodSync(shared, 0);
    t.notOk(readsOwnJournal(places, 1000));
  }
  t.end();
});
