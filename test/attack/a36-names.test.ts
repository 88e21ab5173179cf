// A36: CNI 2021-20206; CRI-O 2025-0750. A name becomes a path.
import t from 'tap';
import { Attack } from './support.ts';

t.test('names never become paths', async (t) => {
  const attack = new Attack();
  const image = attack.image('names', []);
  for (const name of ['../x', 'a/b', '.', '..', '-x', 'x'.repeat(300), '/etc/x', '//etc', 'a b']) {
    t.not(attack.run(`--name=${name}`, image, 'true').code, 0, `--name ${name.slice(0, 20)}`);
    for (const verb of ['rm', 'logs', 'inspect', 'start', 'stop', 'kill', 'wait', 'exec', 'rmi']) {
      const words = verb === 'exec' ? [verb, '--', name, 'true'] : [verb, '--', name];
      t.not(attack.sandbox.run(words).code, 0, `${verb} ${name.slice(0, 20)}`);
    }
  }
  attack.sandbox.ok('create', '--name', 'c', '--network', 'none', image);
  for (const name of ['../x', 'a/b', '.', '..', '-x', 'x'.repeat(300), 'a b']) {
    for (const words of [
      ['volume', 'create', '--', name],
      ['volume', 'rm', '--', name],
      ['volume', 'inspect', '--', name],
      ['rename', '--', 'c', name],
    ])
      t.not(attack.sandbox.run(words).code, 0, `${words[0]} ${words[1]} ${name.slice(0, 20)}`);
  }
  for (const name of ['../x', 'a/b', 'a b'])
    t.not(attack.run('-v', `${name}:/v`, image, 'true').code, 0, `-v ${name}`);
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
