import t from 'tap';
import {
  containsIp,
  firstIp,
  formatCidr,
  formatIp,
  lastIp,
  nextNetwork,
  overlap,
  parseCidr,
  parseIp,
} from '../../../src/base/ip-network.ts';

function network(text: string) {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(text);
  return parsed.network;
}

t.test('addresses in their shortest form (RFC 5952)', async (t) => {
  const forms: Record<string, string> = {
    '10.0.0.1': '10.0.0.1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '2001:0DB8::0001': '2001:db8::1',
    '::': '::',
    '::1': '::1',
    'fd00::': 'fd00::',
    '1:0:2:0:3:0:4:0': '1:0:2:0:3:0:4:0',
    '0:0:0:1::': '0:0:0:1::',
    '::ffff:10.1.2.3': '10.1.2.3',
    '64:ff9b::1.2.3.4': '64:ff9b::102:304',
  };
  for (const [text, shortest] of Object.entries(forms)) {
    const address = parseIp(text);
    t.equal(address === null ? null : formatIp(address), shortest, text);
  }
  for (const text of ['', '10.0.0', '1.2.3.256', '::g', '10.0.0.1/8']) t.equal(parseIp(text), null);
});

t.test('networks', async (t) => {
  t.equal(formatCidr(network('10.1.2.3/16')), '10.1.0.0/16');
  t.equal(formatCidr(network('fd00::5/64')), 'fd00::/64');
  t.equal(formatCidr(network('0.0.0.0/0')), '0.0.0.0/0');
  const wrong = [
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    'fd00::/129',
    '::ffff:1.2.3.4/120',
  ];
  for (const text of wrong) t.equal(parseCidr(text), null, text);
  t.equal(formatIp(firstIp(network('10.1.0.0/16'))), '10.1.0.1');
  t.equal(formatIp(lastIp(network('10.1.0.0/16'))), '10.1.255.255');
  t.equal(formatIp(firstIp(network('10.1.0.4/32'))), '10.1.0.4');
  t.equal(formatIp(lastIp(network('fd00::/64'))), 'fd00::ffff:ffff:ffff:ffff');
  const next = nextNetwork(network('10.89.255.0/24'));
  t.equal(next === null ? null : formatCidr(next), '10.90.0.0/24');
  t.equal(nextNetwork(network('255.255.255.0/24')), null);
});

t.test('what lies within what', async (t) => {
  const wide = network('10.88.0.0/16');
  const address = parseIp('10.88.9.9');
  t.ok(address !== null && containsIp(wide, address));
  t.ok(overlap(wide, network('10.88.4.0/24')));
  t.ok(overlap(network('10.88.4.0/24'), wide));
  t.notOk(overlap(wide, network('10.89.0.0/24')));
  t.notOk(overlap(network('0.0.0.0/0'), network('::/0')));
});
