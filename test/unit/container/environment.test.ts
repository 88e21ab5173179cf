import t from 'tap';
import { buildEnvironment } from '../../../src/container/environment.ts';
import { publishedPorts } from '../../../src/container/ports.ts';
import { noEnvironmentRequest } from '../../../src/request/environment.ts';
import { parseExposedPort } from '../../../src/request/ports.ts';

/** `${NAME}`, which is not meant for a template string. */
function braced(name: string): string {
  return `$\{${name}}`;
}

const image = ['PATH=/image', 'A=image', 'B=image', `C=${braced('A')}`];

function environment(request: Partial<ReturnType<typeof noEnvironmentRequest>>) {
  const words = buildEnvironment({
    image,
    requested: { B: 'user' },
    hostname: 'h',
    terminal: true,
    request: { ...noEnvironmentRequest(), ...request },
  });
  return Object.fromEntries(words.map((word) => word.split(/=(.*)/s)));
}

t.test('who has the last word', async (t) => {
  const plain = { PATH: '/image', container: 'podman', TERM: 'xterm', A: 'image', B: 'user' };
  t.match(environment({}), { ...plain, C: braced('A'), HOSTNAME: 'h' }, 'nothing is expanded');
  t.match(environment({ inherited: { A: 'host', B: 'host' } }), { A: 'host', B: 'user' });
  t.same(environment({ unsetAll: true }), { HOSTNAME: 'h', B: 'user' });
  const unset = environment({ unset: ['A', 'B', 'TERM'] });
  t.notOk('A' in unset || 'TERM' in unset);
  t.equal(unset['B'], 'user');
});

t.test('--env-merge knows the values of the image alone', async (t) => {
  process.env['BRYO_SECRET'] = 'leaked';
  const merged = environment({
    merge: [`D=${braced('A')}-$B-${braced('BRYO_SECRET')}$HOME$$`, 'A=<$A>'],
  });
  t.match(merged, { D: 'image-image-$$', A: '<image>' });
});

t.test('exposed ports', async (t) => {
  t.same(parseExposedPort('80-81/UDP'), {
    hostIp: null,
    hostPort: null,
    containerPort: 80,
    count: 2,
    protocol: 'udp',
  });
  for (const bad of ['', '0', '70000', '9-8', '80/sctp', '1.2.3.4:80', '-1']) {
    t.throws(() => parseExposedPort(bad), { code: 'bad-port' }, bad);
  }
  const asked = { ...parseExposedPort('80'), hostPort: 8080 };
  const options = { ports: [asked], expose: [parseExposedPort('80-81')], publishAll: true };
  const published = publishedPorts(options, ['81/tcp', '53/udp']);
  t.same(
    published.map(({ hostPort, containerPort, protocol }) => [hostPort, containerPort, protocol]),
    [
      [8080, 80, 'tcp'],
      [null, 81, 'tcp'],
      [null, 53, 'udp'],
    ],
  );
  t.same(publishedPorts({ ...options, publishAll: false }, ['81']), [asked]);
});
