// E8: conmon's log fixes. A container forges the records of its log.
import t from 'tap';
import { Attack } from './support.ts';

const forged = '2001-01-01T00:00:00.000000000Z stderr F forged';

t.test('what a container writes is what is read again, and nothing else', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const image = attack.image('records', []);
  const long = 'x'.repeat(100_000);
  const pieces = [`${forged}\\n`, 'a\\rb\\n', 'nul\\000byte\\n', '\\n', `${long}\\n`, 'no end'];
  const script = `printf '${pieces.join('')}'; printf 'to stderr\\n' >&2`;
  const flags = ['--name', 'c', '--network', 'none'];
  const direct = sandbox.run(['run', ...flags, image, 'sh', '-c', script]);
  t.equal(direct.code, 0);
  const logs = sandbox.run(['logs', 'c']);
  t.equal(logs.stdout, direct.stdout);
  t.equal(logs.stderr, 'to stderr\n');
  t.ok(logs.stdout.startsWith(`${forged}\na\rb\nnul\0byte\n\n${long}\n`));
  const stamped = sandbox.run(['logs', '--timestamps', 'c']).stdout.split('\n');
  for (const line of stamped.filter(Boolean)) t.match(line, /^20[2-9]\d-\d\d-\d\dT/);
  t.equal(sandbox.run(['logs', '--since', '1h', 'c']).stdout, direct.stdout, 'no time is forged');
  sandbox.ok('rm', 'c');
  t.same(attack.close(), []);
});
