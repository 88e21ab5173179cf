// A29: podman 2020-1726; containerd 2022-23648 and others. A volume of the image leads to the host.
import t from 'tap';
import { Attack } from './support.ts';

t.test('VOLUME with dots and links', async (t) => {
  const attack = new Attack();
  const image = attack.image(
    'volume',
    [{ kind: 'link', path: 'out', target: `../../../../../../../..${attack.victim}` }],
    {
      Volumes: { [`/../../../../../../../..${attack.victim}`]: {}, '/out': {}, '/a/../../x': {} },
    },
  );
  const { stdout, stderr } = attack.run(
    image,
    'sh',
    '-c',
    `cat /out/canary ${attack.victim}/canary; touch /out/new ${attack.victim}/new`,
  );
  t.notMatch(stdout, /canary/, stderr);
  t.equal(attack.damage(), '');
  const kept = attack.sandbox;
  kept.ok('run', '--rm', '--network', 'none', '-v', 'v:/v', image, 'sh', '-c', 'echo kept > /v/f');
  attack.run('-v', 'v:/v:ro', image, 'sh', '-c', 'rm -f /v/f');
  t.equal(
    attack.run('-v', 'v:/v', image, 'cat', '/v/f').stdout,
    'kept\n',
    'a read-only volume stays',
  );
  t.same(attack.close(), []);
});
