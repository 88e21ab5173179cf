import t from 'tap';
import { lastingOpenings, policyFacts } from '../../../src/network/egress.ts';
import { meetPolicies, readEgress, readEgressRule } from '../../../src/request/egress.ts';

const rules = (...words: string[]) => words.map(readEgressRule);
const openings = (...words: string[]) => lastingOpenings({ number: 7, rules: rules(...words) });

t.test('rules as they are kept', async (t) => {
  const kept = {
    'api.example.com': 'api.example.com',
    'API.Example.com.:443': 'api.example.com:443',
    '*.example.com:443/tcp': '*.example.com:443',
    '*': '*',
    'dns.example:53/udp': 'dns.example:53/udp',
    'bücher.example': 'xn--bcher-kva.example',
    'git.corp@10.0.0.0/8:443': 'git.corp@10.0.0.0/8:443',
    'git.corp@10.1.2.3': 'git.corp@10.1.2.3/32',
    '192.0.2.1': '192.0.2.1/32',
    '192.0.2.77/24:80': '192.0.2.0/24:80',
    '2001:db8::1': '2001:db8::1/128',
    '2001:db8::/32': '2001:db8::/32',
    '[2001:db8::1]:443': '[2001:db8::1/128]:443',
    '[2001:db8::/32]:53/udp': '[2001:db8::/32]:53/udp',
    '::ffff:192.0.2.1': '192.0.2.1/32',
    '0.0.0.0/0': '0.0.0.0/0',
  };
  for (const [word, text] of Object.entries(kept)) {
    t.same(readEgress([word]), [text], word);
    t.same(readEgress([text]), [text], `${text} again`);
  }
  t.equal(readEgress([]), null, 'no policy');
  t.same(readEgress(['none']), [], 'nothing');
  t.same(readEgress(['a.example,b.example:1', 'a.example']), ['a.example', 'b.example:1']);
});

t.test('what is no rule', async (t) => {
  for (const word of [
    ...['', ',', 'a b', 'https://example.com', 'a.example:', 'a.example:0', 'a.example:65536'],
    ...['a.example:http', 'a.example:80/sctp', 'a.*.example', 'a..b', '-a', '192.0.2.256', '1.2.3'],
    ...[
      '10.0.0.0/33',
      'a.example@b.example',
      'a.example@',
      '@10.0.0.0/8',
      'a/b',
      `${'a'.repeat(64)}.b`,
    ],
    ...['[2001:db8::1', '[2001:db8::1]x', 'none,a.example', 'a.example:1:2'],
  ]) {
    t.throws(() => readEgress([word]), { code: 'bad-network' }, JSON.stringify(word));
  }
});

t.test('of two policies both must allow', async (t) => {
  const meet = (a: string[] | null, b: string[] | null) => {
    const met = meetPolicies(a === null ? null : rules(...a), b === null ? null : rules(...b));
    return met === null ? null : [...openingsOf(met)];
  };
  const openingsOf = (
    met: ReturnType<typeof rules> | readonly ReturnType<typeof readEgressRule>[],
  ) => [
    ...lastingOpenings({ number: 7, rules: met }),
    ...policyFacts({ number: 7, rules: met }).slice(1),
  ];
  t.equal(meet(null, null), null);
  t.same(meet(['a.example'], null), ['egress a.example,-,-,-']);
  t.same(meet([], ['a.example']), []);
  t.same(meet(['a.example:80'], ['*.example']), ['egress a.example,-,tcp,80']);
  t.same(meet(['*'], ['*.example:80']), ['egress *.example,-,tcp,80']);
  t.same(meet(['a.example'], ['b.example']), []);
  t.same(meet(['a.example:80'], ['a.example:81']), []);
  t.same(meet(['a.example:80'], ['a.example:80/udp']), []);
  t.same(meet(['10.0.0.0/8:80'], ['10.1.0.0/16']), ['10.1.0.0/16 tcp 80']);
  t.same(meet(['10.0.0.0/8'], ['192.0.2.0/24']), []);
  t.same(meet(['git.corp:443'], ['10.0.0.0/8']), ['egress git.corp,10.0.0.0/8,tcp,443']);
});

t.test('sets of the firewall have no network within another', async (t) => {
  t.same(openings('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3:80'), ['10.0.0.0/8']);
  t.same(openings('10.0.0.0/8:80', '10.1.0.0/16:80', '10.1.0.0/16:81', '10.1.0.0/16:81/udp'), [
    '10.0.0.0/8 tcp 80',
    '10.1.0.0/16 tcp 81',
    '10.1.0.0/16 udp 81',
  ]);
  t.same(openings('10.0.0.0/8', '10.0.0.0/8:80', '10.0.0.0/8'), ['10.0.0.0/8']);
  t.same(openings('0.0.0.0/0', '::/0', 'a.example'), ['0.0.0.0/0', '::/0']);
});
