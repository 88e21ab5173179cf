import t from 'tap';
import { lastingMac, readLease } from '../../../../src/network/lan/dhcp.ts';

t.test('what a client has told', async (t) => {
  t.same(readLease('ok 192.168.1.7/24 192.168.1.1 192.168.1.53 9.9.9.9'), {
    address: { address: '192.168.1.7', prefix: 24 },
    gateway: '192.168.1.1',
    servers: ['192.168.1.53', '9.9.9.9'],
  });
  t.same(readLease('ok 10.0.0.9/8 - \n'), {
    address: { address: '10.0.0.9', prefix: 8 },
    gateway: null,
    servers: [],
  });
});

t.test('a server may send anything', async (t) => {
  for (const text of ['', 'ok', 'ok 1.2.3.4', 'ok 1.2.3.4/', 'ok 1.2.3/24 -', 'ok 1.2.3.4/0 -']) {
    t.equal(readLease(text), null, JSON.stringify(text));
  }
  t.equal(readLease('ok fd00::1/64 - '), null);
  t.equal(readLease('no DHCP server has answered'), null);
  const lease = readLease('ok 1.2.3.4/24 ::1 9.9.9.9;reboot 9.9.9.10 $(id)');
  t.equal(lease?.gateway, null);
  t.same(lease?.servers, ['9.9.9.10']);
});

t.test('hardware addresses last', async (t) => {
  const network = { id: 'b'.repeat(64) };
  const mac = lastingMac('a'.repeat(64), network);
  t.match(mac, /^02:64(:[0-9a-f]{2}){4}$/);
  t.equal(lastingMac('a'.repeat(64), network), mac);
  t.not(lastingMac('c'.repeat(64), network), mac);
});
