// A2: runc 2024-21626. A descriptor of a host directory leaks, and WORKDIR leads through it.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Attack } from './support.ts';

t.test('no descriptor of the caller reaches the container', async (t) => {
  const attack = new Attack();
  const image = attack.image('leak', []);
  const opened = Array.from({ length: 60 }, (_, index) => `exec ${index + 3}< "$0"`).join('\n');
  const withDescriptors = (...args: string[]) => {
    const [program = '', ...rest] = attack.sandbox.argv(args);
    const words = ['-c', `${opened}\nexec "$@"`, attack.victim, program, ...rest];
    return spawnSync('bash', words, { encoding: 'utf8', cwd: '/' });
  };
  const run = ['run', '--rm', '--network', 'none'];
  const listing = withDescriptors(
    ...run,
    image,
    'sh',
    '-c',
    'ls -l /proc/self/fd | grep -c victim',
  );
  t.equal(listing.stdout, '0\n', listing.stderr);
  const count = withDescriptors(...run, image, 'sh', '-c', 'ls /proc/self/fd | wc -l');
  t.equal(count.stdout, '4\n', '0, 1, 2 and the listing itself');
  attack.sandbox.ok('run', '-d', '--name', 'a', '--network', 'none', image, 'sleep', '1000');
  for (const fd of [3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 63]) {
    const path = `/proc/self/fd/${fd}`;
    const started = withDescriptors(...run, '-w', path, image, 'cat', 'canary', '../canary');
    t.not(started.status, 0, `run -w ${path}`);
    t.notMatch(started.stdout, /canary/);
    const joined = withDescriptors('exec', '-w', path, 'a', 'cat', 'canary', '../canary');
    t.not(joined.status, 0, `exec -w ${path}`);
    t.notMatch(joined.stdout, /canary/);
  }
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
