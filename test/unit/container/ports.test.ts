import t from 'tap';
import { publishedPorts } from '../../../src/container/ports.ts';
import { parsePort } from '../../../src/request/ports.ts';

t.test('exposed ports are published once each, however many ranges overlap', async (t) => {
  const options = { ports: [parsePort('8080:80')], expose: [], publishAll: true };
  const numbers = (exposed: string[]) =>
    publishedPorts(options, exposed).map(
      ({ hostPort, containerPort, protocol }) => `${hostPort ?? ''}:${containerPort}/${protocol}`,
    );
  t.same(numbers(['79-81', '80/udp', '443/tcp', '81/TCP']), [
    '8080:80/tcp',
    ':79/tcp',
    ':81/tcp',
    ':80/udp',
    ':443/tcp',
  ]);
  t.same(numbers(['65535', '65534-65535']).slice(1), [':65535/tcp', ':65534/tcp']);
  // An image that names each of them 20,000 times over.
  const ranges = Array.from({ length: 20_000 }, (_, i) => `${(i % 1000) + 1}-${65_535 - (i % 7)}`);
  t.equal(numbers(ranges).length, 65_535);
});

t.test('without --publish-all nothing is added', async (t) => {
  const ports = [parsePort('8080:80')];
  t.equal(publishedPorts({ ports, expose: [], publishAll: false }, ['1-65535']), ports);
});
