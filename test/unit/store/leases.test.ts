import { join } from 'node:path';
import t, { type Test } from 'tap';
import { claim, type Leases, openLeases } from '../../../src/store/leases.ts';

const [one, other] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];

/** Two of those who would be processes: locks belong to the opened file. */
function openTwo(t: Test): [Leases, Leases] {
  const path = join(t.testdir({}), 'leases');
  const both: [Leases, Leases] = [openLeases(path), openLeases(path)];
  t.teardown(() => {
    for (const leases of both) leases.close();
  });
  return both;
}

t.test('who relies on a thing and who takes it away', async (t) => {
  const [a, b] = openTwo(t);
  t.ok(a.share(one));
  t.ok(b.share(one), 'any number relies on it');
  t.notOk(b.hold(one), 'nobody takes away what another relies on');
  t.ok(b.hold(other), 'but another thing');
  t.notOk(a.share(other));
  a.drop(one);
  t.ok(b.hold(one));
  t.notOk(a.share(one));
  b.close();
  t.ok(a.share(one), 'leases end with those who have them');
  t.ok(a.share(other));
});

t.test('of two who want a thing one makes it', async (t) => {
  const [a, b] = openTwo(t);
  let there = false;
  const isThere = (): boolean => there;
  t.equal(await claim(a, one, isThere), 'mine');
  const second = claim(b, one, isThere);
  there = true;
  a.share(one);
  t.equal(await second, 'there');
  t.notOk(a.hold(one), 'both rely on it');
});

t.test('another makes it when the first one fails', async (t) => {
  const [a, b] = openTwo(t);
  t.equal(await claim(a, one, () => false), 'mine');
  const second = claim(b, one, () => false);
  a.drop(one);
  t.equal(await second, 'mine');
});
