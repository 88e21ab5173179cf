import t from 'tap';
import { isMonitorRecord } from '../../../src/contract/records.ts';
import { explainPlan } from '../../../src/plan/explain.ts';
import { bareMonitor, monitorHeader } from '../../../src/plan/monitor-input.ts';

const state = {
  version: 1,
  status: 'running',
  bootId: 'b',
  monitorPid: 2,
  monitorStart: 3,
  pid: 4,
  pidStart: 5,
  startedAt: '2026-01-01T00:00:00.000000000Z',
};

t.test('a record has what the table says, and nothing of another type', async (t) => {
  const good = [
    {},
    { restarts: 2, cgroup: '/g' },
    { strays: { mounts: 1, user: 2 } },
    { lost: 'udp' },
  ];
  for (const more of good) {
    t.ok(isMonitorRecord('stateFile', { ...state, ...more }), JSON.stringify(more));
  }
  const bad = [
    { status: 'dancing' },
    { pid: 0 },
    { pid: '4' },
    { monitorPid: 1.5 },
    { startedAt: 'once' },
    { cgroup: 7 },
    { strays: { mounts: 1 } },
    { strays: null },
    { lost: 'everything' },
    { bootId: undefined },
  ];
  for (const change of bad) {
    t.notOk(isMonitorRecord('stateFile', { ...state, ...change }), JSON.stringify(change));
  }
  for (const value of [null, 1, 'x', undefined]) t.notOk(isMonitorRecord('stateFile', value));
});

t.test('a list is a record of each of its entries', async (t) => {
  const result = { Start: 's', End: 'e', ExitCode: -1, Output: '' };
  const health = (Log: unknown) => ({ Status: 'healthy', FailingStreak: 0, Log });
  t.ok(isMonitorRecord('healthFile', health([])));
  t.ok(isMonitorRecord('healthFile', health([result, result])));
  t.notOk(isMonitorRecord('healthFile', health([result, { ...result, ExitCode: '0' }])));
  t.notOk(isMonitorRecord('healthFile', health({})));
});

t.test('a field of the monitor that nobody sets says nothing', async (t) => {
  const told = (duties: Parameters<typeof bareMonitor>[0]) =>
    explainPlan([monitorHeader(bareMonitor(duties), false)]).trim();
  t.equal(told({}), '0  monitor logJournal=<0 bytes> logMaxFiles=0x1');
  t.equal(
    told({ ending: { restart: 'failure', timeoutMs: 16 } }),
    '0  monitor logJournal=<0 bytes> logMaxFiles=0x1 timeoutMs=0x10 restart="failure"',
  );
});
