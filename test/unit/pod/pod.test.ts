import t from 'tap';
import { readShare } from '../../../src/pod/pod.ts';
import { podStatus } from '../../../src/pod/status.ts';

t.test('--share', async (t) => {
  t.same(readShare(null), ['ipc', 'net', 'uts']);
  t.same(readShare('+pid'), ['ipc', 'net', 'pid', 'uts']);
  t.same(readShare('net,user'), ['net', 'user']);
  t.same([readShare(''), readShare('none')], [[], []]);
  for (const bad of ['mnt', '+mnt', 'net,x']) {
    t.throws(() => readShare(bad), { code: 'bad-flag-value' }, bad);
  }
});

t.test('the status of a pod', async (t) => {
  const cases: [string[], string][] = [
    [[], 'Created'],
    [['created', 'created'], 'Created'],
    [['running', 'running'], 'Running'],
    [['running', 'restarting'], 'Running'],
    [['running', 'exited'], 'Degraded'],
    [['paused', 'running'], 'Degraded'],
    [['paused', 'paused'], 'Paused'],
    [['exited', 'exited'], 'Exited'],
    [['exited', 'created'], 'Stopped'],
  ];
  for (const [states, status] of cases) t.equal(podStatus(states), status, states.join(' '));
});
