import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type JournalLogQuery, readJournalLog } from '../../../src/monitor/journal-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-journalctl-'));
const calls = join(directory, 'calls');
const path = process.env['PATH'];
t.before(() => {
  process.env['PATH'] = directory;
});
t.teardown(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** What is found as journalctl; it notes its arguments. */
function journalctl(...lines: string[]): void {
  const program = join(directory, 'journalctl');
  writeFileSync(program, ['#!/bin/sh', `echo "$*" >>${calls}`, ...lines, ''].join('\n'));
  chmodSync(program, 0o755);
  rmSync(calls, { force: true });
}

function entry(message: string, cursor: string): string {
  const fields = { MESSAGE: message, PRIORITY: '6', __CURSOR: cursor, __REALTIME_TIMESTAMP: '1' };
  return `echo '${JSON.stringify(fields)}'`;
}

async function read(given: Partial<JournalLogQuery>): Promise<string[]> {
  const query = { id: 'abc', since: null, lines: null, follow: false, isRunning: () => false };
  const found: string[] = [];
  for await (const { content } of readJournalLog({ ...query, ...given })) {
    found.push(content.toString());
  }
  return found;
}

t.test('what is there', async (t) => {
  journalctl(entry('one', 'a'), entry('two', 'b'));
  t.same(await read({ lines: 2 }), ['one', 'two']);
  t.match(readFileSync(calls, 'utf8'), /--lines 2 CONTAINER_ID_FULL=abc\n$/);
});

t.test('one that is followed is read to its end, however slow the follower is', async (t) => {
  journalctl(
    'case "$*" in',
    `*--follow*) ${entry('one', 'a')}; exec /bin/sleep 100 ;;`,
    `*"--after-cursor a"*) ${entry('two', 'b')} ;;`,
    'esac',
  );
  let asked = 0;
  const isRunning = () => {
    asked += 1;
    return asked < 4;
  };
  t.same(await read({ follow: true, isRunning }), ['one', 'two']);
});

t.test('one that ended before the follower said anything', async (t) => {
  journalctl(`case "$*" in *--follow*) exec /bin/sleep 100 ;; *) ${entry('all', 'a')} ;; esac`);
  let running = true;
  const isRunning = () => {
    const was = running;
    running = false;
    return was;
  };
  t.same(await read({ follow: true, isRunning, lines: 5 }), ['all']);
});

t.test('a journal that may not be read', async (t) => {
  journalctl('echo "No journal files were opened due to insufficient permissions." >&2', 'exit 1');
  await t.rejects(read({}), {
    code: 'no-journal',
    message: /cannot be read: No journal files were opened due to insufficient permissions\.$/,
  });
  t.ok(existsSync(calls));
});
