import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { BryoError } from '../../../src/base/errors.ts';
import { isLocked, lockHolders } from '../../../src/native/lock-holders.ts';
import { acquireLock, tryLock, withMomentaryLock } from '../../../src/native/locks.ts';
import { readProcessStatus } from '../../../src/native/process-status.ts';
import { openLeases } from '../../../src/store/leases.ts';

/** Milliseconds that nobody has to wait for. */
const hurried = { told: 20, stopped: 40, most: 80 };
const forLong = { told: 60_000, stopped: 60_000, most: 60_000 };

function lockPath(t: Test): string {
  return join(t.testdir({}), 'lock');
}

/** Another process that holds the lock until it is killed. */
async function holdElsewhere(t: Test, path: string) {
  const script = 'echo held; exec sleep 1000';
  const child = spawn('flock', ['--no-fork', path, 'sh', '-c', script]);
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

/** The message of the error that something ends in. */
async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-answer') return error.message;
    throw error;
  }
  return '';
}

t.test('operations of one process get a lock in the order in which they came', async (t) => {
  const path = lockPath(t);
  const order: string[] = [];
  const first = await acquireLock(path, 'shared', forLong);
  const others = (['exclusive', 'shared', 'exclusive'] as const).map(async (mode, index) => {
    const lock = await acquireLock(path, mode, forLong);
    order.push(`${index} ${mode}`);
    await setImmediate();
    lock.release();
  });
  await setImmediate();
  t.same(order, [], 'they wait, and this goes on');
  t.equal(tryLock(path, 'exclusive'), null);
  first.release();
  await Promise.all(others);
  t.same(order, ['0 exclusive', '1 shared', '2 exclusive']);
  t.equal(
    withMomentaryLock(path, () => 'free'),
    'free',
  );
});

t.test('holders of a lock are told, whatever the filesystem of the file', async (t) => {
  const inMemory = join(mkdtempSync('/dev/shm/bryo-test-'), 'lock');
  t.teardown(() => rmSync(dirname(inMemory), { recursive: true }));
  for (const path of [lockPath(t), inMemory]) {
    t.notOk(isLocked(path), 'no file, no lock');
    const holder = await holdElsewhere(t, path);
    t.ok(isLocked(path));
    t.same(lockHolders(path), [holder.pid]);
    t.notOk(isLocked(dirname(path)));
  }
});

t.test('any number shares a lock', async (t) => {
  const path = lockPath(t);
  const locks = await Promise.all([1, 2, 3].map(() => acquireLock(path, 'shared', forLong)));
  t.equal(tryLock(path, 'exclusive'), null);
  for (const lock of locks) lock.release();
  tryLock(path, 'exclusive')?.release();
});

t.test('one that fails lets the next one in', async (t) => {
  const path = lockPath(t);
  const first = await acquireLock(path, 'exclusive', forLong);
  const impatient = refusal(acquireLock(path, 'exclusive', hurried));
  const patient = acquireLock(path, 'exclusive', forLong);
  t.match(await impatient, /^the lock .* is not to be had: this process does not get on$/);
  first.release();
  (await patient).release();
});

t.test('who waits for another process says for which one', async (t) => {
  const path = lockPath(t);
  const child = await holdElsewhere(t, path);
  let turns = 0;
  const clock = setInterval(() => {
    turns += 1;
  }, 1);
  t.teardown(() => clearInterval(clock));
  t.match(
    await refusal(acquireLock(path, 'shared', hurried)),
    new RegExp(`^the lock ${path} is not to be had: process ${child.pid} .* does not get on$`),
  );
  t.ok(turns > 0, 'the rest of the process has gone on');
  child.kill('SIGSTOP');
  while (readProcessStatus(child.pid ?? 0)?.state !== 'T') await setTimeout(1);
  t.match(
    await refusal(acquireLock(path, 'shared', hurried)),
    new RegExp(`process ${child.pid} .* is stopped$`),
  );
  const patient = acquireLock(path, 'exclusive', forLong);
  child.kill('SIGKILL');
  (await patient).release();
});

t.test('a lease that another operation has alone is waited for', async (t) => {
  const path = lockPath(t);
  const [one, other] = [openLeases(path), openLeases(path)];
  t.teardown(() => [one, other].map((leases) => leases.close()));
  const digest = `sha256:${'1'.repeat(64)}`;
  t.ok(one.hold(digest));
  let shared = false;
  const wait = other.shareLater(digest).then(() => {
    shared = true;
  });
  await setImmediate();
  t.notOk(shared);
  one.drop(digest);
  await wait;
  t.notOk(one.hold(digest), 'the other relies on it');
});
