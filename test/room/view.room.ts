import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { GroupSandbox } from './support.ts';

const sandbox = new GroupSandbox();

t.test('whoever is in a group may look at it', async (t) => {
  const look = [
    'hello',
    'sh',
    '-c',
    'stat -c %a /sys/fs/cgroup; ls /sys/fs/cgroup >/dev/null; exit 1',
  ];
  const run = ['run', '--network', 'none', '--user', '1234'];
  t.match(sandbox.run([...run, '--rm', ...look]), { code: 1, stdout: '755\n', stderr: '' });
  sandbox.ok(...run, '-d', '--name', 'r', '--restart', 'on-failure:2', ...look);
  await eventually('it has ended', () => sandbox.restarts('r') === 2);
  await eventually('all is told', () => sandbox.ok('logs', 'r').length >= 12);
  t.equal(sandbox.ok('logs', 'r'), '755\n755\n755\n');
  t.same(sandbox.close(), []);
});
