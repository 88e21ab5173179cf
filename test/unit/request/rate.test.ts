import t from 'tap';
import { readAttachment, readRate } from '../../../src/request/attachment.ts';

t.test('rates are written as tc writes them', async (t) => {
  const rates = {
    '10mbit': 1e7,
    '2.5Gbit': 2.5e9,
    '500kbps': 4e6,
    '9000': 9000,
    '64kibit': 65_536,
  };
  for (const [text, rate] of Object.entries(rates)) t.equal(readRate(text), rate, text);
  for (const text of ['', 'mbit', '10', '10m', '-1mbit', '1e9', '2tbit', '10 mbit', '1mb']) {
    t.throws(() => readRate(text), { code: 'bad-network' }, text);
  }
});

t.test('a rate is an option of a network', async (t) => {
  t.equal(readAttachment('back', 'ip=10.1.1.2,rate=1mbit').rate, 1e6);
  t.equal(readAttachment('back', '').rate, undefined);
  t.throws(() => readAttachment('back', 'rate=x'), {
    message: /invalid option for network back: rate "x"/,
  });
});
