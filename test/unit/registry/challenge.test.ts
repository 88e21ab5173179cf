import t from 'tap';
import { parseChallenges } from '../../../src/registry/challenge.ts';

t.test('a Bearer challenge with quoted commas and escapes', async (test) => {
  const header = 'Bearer realm="https://a/t",service="s \\"x\\"",scope="repository:a/b:pull,push"';
  test.same(parseChallenges(header), [
    {
      scheme: 'bearer',
      parameters: { realm: 'https://a/t', service: 's "x"', scope: 'repository:a/b:pull,push' },
    },
  ]);
});

t.test('several challenges in one header', async (test) => {
  const schemes = parseChallenges('Negotiate, Basic realm=x, Bearer realm="y"').map(
    (c) => c.scheme,
  );
  test.same(schemes, ['negotiate', 'basic', 'bearer']);
});

t.test('the first of two equal parameters counts, and no prototype is touched', async (test) => {
  const [first] = parseChallenges('Bearer realm="a",realm="b",__proto__="c"');
  test.equal(first?.parameters['realm'], 'a');
  test.notOk('c' in {});
});

t.test('nonsense and huge headers end quickly', async (test) => {
  test.same(parseChallenges('"""'), []);
  test.same(parseChallenges(''), []);
  test.ok(parseChallenges(`Bearer ${'a="'.repeat(100_000)}`).length < 5);
  test.ok(parseChallenges('a,'.repeat(100_000)).length < 5000);
});
