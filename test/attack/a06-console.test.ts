// A6: runc 2025-52565. The console is led elsewhere by a link of the image.
import t from 'tap';
import { Attack } from './support.ts';

t.test('the console is the terminal, not what the image has there', async (t) => {
  const attack = new Attack();
  const target = `../../../../../../..${attack.victim}/canary`;
  const image = attack.image('console', [
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'link', path: 'dev/console', target },
    { kind: 'link', path: 'dev/ptmx', target },
  ]);
  const { stdout } = attack.run('-t', image, 'stat', '-c', '%F', '/dev/console');
  t.match(stdout, /^character special file/);
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
