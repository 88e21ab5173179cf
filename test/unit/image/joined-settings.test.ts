import t from 'tap';
import { joinSettings } from '../../../src/image/joined-settings.ts';
import type { ImageSettings } from '../../../src/image/settings.ts';

t.test('other settings take the place of commands, and join lists', async (t) => {
  const base: ImageSettings = {
    Cmd: ['serve'],
    Entrypoint: ['/init'],
    Env: ['A=1', 'B=2'],
    Labels: { a: '1', b: '2' },
    ExposedPorts: { '80/tcp': {} },
    User: 'root',
  };
  t.same(joinSettings(base, {}), base);
  t.same(joinSettings(base, { Env: ['B=3', 'C=4'], Labels: { b: '3' }, User: 'web' }), {
    ...base,
    Env: ['A=1', 'B=3', 'C=4'],
    Labels: { a: '1', b: '3' },
    User: 'web',
  });
  t.same(joinSettings(base, { ExposedPorts: { '81/tcp': {} } }).ExposedPorts, {
    '80/tcp': {},
    '81/tcp': {},
  });
  const { Cmd } = joinSettings(base, { Entrypoint: ['/other'] });
  t.equal(Cmd, undefined, 'a command is that of its entrypoint');
  t.same(joinSettings(base, { Entrypoint: ['/other'], Cmd: ['x'] }).Cmd, ['x']);
});
