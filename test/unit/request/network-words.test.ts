import t from 'tap';
import {
  plainAttachment,
  readAttachment,
  withAddressFlags,
} from '../../../src/request/attachment.ts';
import { parseNetworks } from '../../../src/request/network-words.ts';

t.test('several networks', async (t) => {
  t.same(parseNetworks([]), { mode: 'default' });
  const request = parseNetworks([
    'a:ip=10.0.0.5,interface_name=in0',
    'b:alias=x,host_interface_name=veth9',
  ]);
  t.same(request, {
    mode: 'bridge',
    networks: [
      { ...plainAttachment('a'), addresses: ['10.0.0.5'], interfaceName: 'in0' },
      { ...plainAttachment('b'), aliases: ['x'], hostInterfaceName: 'veth9' },
    ],
  });
});

t.test("what does not go together, in podman's words", async (t) => {
  const wrong: [string, string[]][] = [
    [
      'cannot set multiple networks without bridge network mode, selected mode host: invalid argument',
      ['host', 'a'],
    ],
    [
      'can only set extra network names, selected mode host conflicts with bridge: invalid argument',
      ['a', 'host'],
    ],
    ['network name cannot be empty: invalid argument', ['a', '']],
    ['network name cannot be empty', [':ip=10.0.0.1']],
    ['invalid ip address "1"', ['bridge:ip=1']],
    ['invalid option for network a: invalid ip address "1"', ['a:ip=1']],
    ['invalid option for network a: address zz: invalid MAC address', ['a:mac=zz']],
    ['invalid option for network a: alias cannot be empty', ['a:alias=']],
    ['invalid option for network a: unknown option "speed=1"', ['a:speed=1']],
    [
      'invalid option for network a: interface_name "a/b" is no name of an interface',
      ['a:interface_name=a/b'],
    ],
    [
      'invalid option for network a: interface_name "lo" is no name of an interface',
      ['a:interface_name=lo'],
    ],
  ];
  for (const [message, words] of wrong) t.throws(() => parseNetworks(words), { message });
});

t.test('flags about the one network', async (t) => {
  const flags = {
    addresses: [{ flag: 'ip' as const, text: '10.0.0.5' }],
    mac: '92:D0:C6:0A:29:33',
    aliases: ['db', 'sql'],
  };
  t.same(withAddressFlags([readAttachment('a', 'alias=x')], flags), [
    {
      ...plainAttachment('a'),
      addresses: ['10.0.0.5'],
      mac: '92:d0:c6:0a:29:33',
      aliases: ['db', 'sql'],
    },
  ]);
  const two = [plainAttachment('a'), plainAttachment('b')];
  t.throws(() => withAddressFlags(two, flags), {
    message: '--ip can only be set for a single network: invalid argument',
  });
  t.throws(() => withAddressFlags(two, { ...flags, addresses: [] }), {
    message: '--mac-address can only be set for a single network: invalid argument',
  });
  const named = withAddressFlags(two, { addresses: [], mac: null, aliases: ['db'] });
  t.same(
    named.map(({ aliases }) => aliases),
    [['db'], ['db']],
  );
  for (const mac of [
    '01:00:00:00:00:00',
    '00:00:00:00:00:00',
    '02:00:00:00:00',
    '02:00-00:00:00:00',
  ]) {
    t.throws(() => withAddressFlags([plainAttachment('a')], { ...flags, mac }), {
      code: 'bad-network',
    });
  }
});
