import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

function produce(name: string, script: string): string {
  const argv = ['run', '--network', 'none', '--name', name, 'hello', 'sh', '-c', script];
  sandbox.run(argv);
  return sandbox.ok('inspect', '-f', '{{.Id}}', name).slice(0, 12);
}

const a = produce('a', 'echo one; echo two >&2; printf three');
const b = produce('b', 'echo uno; echo dos');

t.test('each stream goes its own way', async (t) => {
  t.match(sandbox.run(['logs', 'a']), { code: 0, stdout: 'one\nthree', stderr: 'two\n' });
  t.equal(sandbox.ok('logs', '-l'), 'uno\ndos\n');
  t.equal(sandbox.ok('logs', '--tail', '1', 'b'), 'dos\n');
  t.equal(sandbox.ok('logs', '--tail', '0', 'b'), '');
  t.equal(sandbox.ok('logs', '--tail', '-5', '--since', '', '--until', '', 'b'), 'uno\ndos\n');
  t.equal(sandbox.ok('logs', '--until', '1h', 'b'), 'uno\ndos\n', 'a duration counts from now on');
  t.equal(sandbox.ok('logs', '--until=-1h', 'b'), '');
  t.equal(sandbox.ok('logs', '--until', '2001-01-01', 'b'), '');
  t.equal(sandbox.ok('logs', '--since', '1h', '--tail', 'all', '-f', 'b'), 'uno\ndos\n');
  t.match(sandbox.ok('logs', '-t', 'b'), /^\d{4}-\d\d-\d\dT[\d:.]+Z uno\n\d{4}.* dos\n$/);
});

t.test('several are told apart', async (t) => {
  t.match(sandbox.run(['logs', 'a', 'b']), {
    stdout: `${a} one\n${a} three${b} uno\n${b} dos\n`,
    stderr: `${a} two\n`,
  });
  t.equal(sandbox.ok('logs', '-n', '--tail', '1', 'b', 'b'), 'b dos\nb dos\n');
  t.equal(sandbox.ok('logs', '-n', 'b'), 'uno\ndos\n', 'one needs no name');
  t.match(
    sandbox.run(['logs', '--color', 'a']).stdout,
    /three\u001b\[0m$/,
    'the colour ends with the log',
  );
  t.match(
    sandbox.ok('logs', '--color', '-n', '-t', '--tail', '1', 'b', 'b'),
    /^\u001b\[37mb \d{4}.* dos\u001b\[0m\n\u001b\[31mb \d{4}.* dos\u001b\[0m\n$/,
  );
});

t.test('following until the reader has seen enough', async (t) => {
  const script = 'n=0; while :; do echo line $n; n=$((n + 1)); sleep 0.02; done';
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'c', 'hello', 'sh', '-c', script);
  const [program = '', ...rest] = sandbox.argv(['logs', '-f', 'c']);
  const command = [program, ...rest].map((word) => `'${word}'`).join(' ');
  const pipe = `${command} | grep -m1 'line 3$'; echo "\${PIPESTATUS[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', pipe], { encoding: 'utf8' });
  t.equal(stderr, '');
  t.equal(stdout, 'line 3\n141 0\n', 'as SIGPIPE ends a program');
  const until = spawnSync(program, [...rest.slice(0, -1), '--until', '0s', 'c']);
  t.equal(until.status, 0, 'nothing that is added would be shown');
  sandbox.run(['rm', '-f', '-t', '0', 'c']);
});

t.test('what cannot be read', async (t) => {
  sandbox.ok('create', '--name', 'none', '--log-driver', 'none', 'hello');
  const cases: [string[], RegExp][] = [
    [['gone'], /no such container/],
    [['a', 'gone'], /no such container/],
    [['none'], /keeps no log/],
    [[], /at least one name/],
    [['-l', 'a'], /cannot be used together/],
    [['--tail', 'x', 'a'], /--tail/],
    [['--since', 'x', 'a'], /invalid time/],
  ];
  for (const [args, stderr] of cases) {
    t.match(sandbox.run(['logs', ...args]), { code: 125, stdout: '', stderr }, args.join(' '));
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
