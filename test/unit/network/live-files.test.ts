import t from 'tap';
import {
  withHostAddress,
  withoutHostAddresses,
  withoutServers,
  withServers,
} from '../../../src/network/live-files.ts';

t.test('hosts of a container that is connected and disconnected', async (t) => {
  const base = '127.0.0.1\tlocalhost\n10.0.0.9\tdb\n';
  const connected = withHostAddress(base, '10.1.0.2', ['host', 'web']);
  t.equal(connected, `${base}10.1.0.2\thost web\n`);
  t.equal(withHostAddress(connected, '10.1.0.2', ['host', 'web']), connected, 'once');
  t.equal(withoutHostAddresses(connected, ['10.1.0.2'], ['host', 'web']), base);
  t.equal(
    withoutHostAddresses(`${base}10.1.0.2\tother\n`, ['10.1.0.2'], ['host', 'web']),
    `${base}10.1.0.2\tother\n`,
    'a line that is somebody else’s stays',
  );
  t.equal(withHostAddress('', '10.1.0.2', ['web']), '10.1.0.2\tweb\n');
});

t.test('servers of a container that is connected and disconnected', async (t) => {
  const base = 'search dns.podman\nnameserver 10.0.0.1\n';
  const connected = withServers(base, ['10.1.0.1', 'fd00::1', '10.0.0.1']);
  t.equal(connected, `${base}nameserver 10.1.0.1\nnameserver fd00::1\n`);
  t.equal(withoutServers(connected, ['10.1.0.1', 'fd00::1']), base);
});
