import t from 'tap';
import {
  type DBusValue,
  decodeMessage,
  encodeCall,
  messageSize,
  signatureOf,
} from '../../../src/systemd/wire.ts';

const text = (value: string): DBusValue => ({ type: 's', value });

t.test('a call, byte by byte', async (t) => {
  const call = {
    destination: 'a.b',
    path: '/p',
    interface: 'c.d',
    member: 'M',
    body: [text('hi')],
  };
  const bytes = encodeCall(7, call);
  t.equal(messageSize(bytes), bytes.length);
  t.same(bytes.toString('hex').match(/.{1,32}/g), [
    '6c010001070000000700000047000000', // little-endian call, body of 7, serial 7, fields of 71
    '01016f00020000002f70000000000000', // path
    '0601730003000000612e620000000000', // destination
    '0201730003000000632e640000000000', // interface
    '03017300010000004d00000000000000', // member
    '080167000173000002000000686900', // signature; padding to 8; the body
  ]);
  t.match(decodeMessage(bytes), { kind: 'other', member: 'M', arguments: ['hi'] });
});

t.test('values and their alignment', async (t) => {
  const properties: DBusValue = {
    type: 'array',
    element: '(sv)',
    items: [
      { type: 'struct', fields: [text('A'), { type: 'v', value: { type: 'b', value: true } }] },
      { type: 'struct', fields: [text('B'), { type: 'v', value: { type: 't', value: 5n } }] },
    ],
  };
  t.equal(signatureOf(properties), 'a(sv)');
  const call = { destination: 'd', path: '/', interface: 'i', member: 'm' };
  const bytes = encodeCall(1, { ...call, body: [{ type: 'u', value: 9 }, properties] });
  const body = bytes.subarray(bytes.length - bytes.readUInt32LE(4));
  t.equal(body.readUInt32LE(0), 9);
  // The length leaves out the padding before the first struct, and holds what is between them.
  t.equal(body.readUInt32LE(4), body.length - 8);
  t.equal(body.readBigUInt64LE(body.length - 8), 5n);
  const empty: DBusValue = { type: 'array', element: '(sa(sv))', items: [] };
  t.equal(signatureOf(empty), 'a(sa(sv))');
});

t.test('bytes need no alignment, structures with numbers of 64 bits do', async (t) => {
  const mask: DBusValue = {
    type: 'array',
    element: 'y',
    items: [7, 2].map((value) => ({ type: 'y', value })),
  };
  const rates: DBusValue = {
    type: 'array',
    element: '(st)',
    items: [{ type: 'struct', fields: [text('d'), { type: 't', value: 5n }] }],
  };
  t.same([mask, rates].map(signatureOf), ['ay', 'a(st)']);
  const call = { destination: 'd', path: '/', interface: 'i', member: 'm' };
  const bytes = encodeCall(1, { ...call, body: [mask, rates] });
  const body = bytes.subarray(bytes.length - bytes.readUInt32LE(4)).toString('hex');
  t.same(body.match(/.{1,16}/g), [
    '0200000007020000', // two bytes, padding
    '1000000000000000', // 16 bytes from the next multiple of 8 on
    '0100000064000000', // "d"
    '0500000000000000',
  ]);
});

t.test('what is no message is refused', async (t) => {
  t.throws(() => messageSize(Buffer.alloc(16)), RangeError);
  const huge = Buffer.alloc(16);
  huge.writeUInt8(0x6c, 0);
  huge.writeUInt32LE(0xffff_ffff, 4);
  t.throws(() => messageSize(huge), RangeError);
  t.throws(() => decodeMessage(Buffer.from('6c02000100000000010000004000000008016700', 'hex')));
});
