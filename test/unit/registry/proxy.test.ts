import t from 'tap';
import { proxyFor, proxyHeaders } from '../../../src/registry/proxy.ts';

const secure = new URL('https://quay.io/v2/');
const proxy = 'http://proxy.example:3128';

t.test('which proxy an address goes through', async (t) => {
  const cases: [string, string, Record<string, string>, string | null][] = [
    ['none is set', 'https://quay.io/', {}, null],
    ['by scheme', 'https://quay.io/', { HTTPS_PROXY: proxy }, 'proxy.example:3128'],
    ['not by the other', 'http://quay.io/', { HTTPS_PROXY: proxy }, null],
    ['in lower case', 'http://quay.io/', { http_proxy: proxy }, 'proxy.example:3128'],
    ['without a scheme', 'https://quay.io/', { HTTPS_PROXY: 'p:1' }, 'p:1'],
    ['the loopback', 'https://127.0.0.1:5000/', { HTTPS_PROXY: proxy }, null],
    ['localhost', 'http://localhost:5000/', { HTTP_PROXY: proxy }, null],
  ];
  for (const [name, url, env, expected] of cases) {
    t.equal(proxyFor(new URL(url), env)?.host ?? null, expected, name);
  }
});

t.test('NO_PROXY', async (t) => {
  const cases: [string, string, boolean][] = [
    ['*', 'https://quay.io/', true],
    ['quay.io', 'https://quay.io/', true],
    ['quay.io', 'https://cdn.quay.io/', true],
    ['.quay.io', 'https://cdn.quay.io/', true],
    ['.quay.io', 'https://quay.io/', false],
    ['*.quay.io', 'https://cdn.quay.io/', true],
    ['ay.io', 'https://quay.io/', false],
    ['quay.io:443', 'https://quay.io/', true],
    ['quay.io:8443', 'https://quay.io/', false],
    ['other, QUAY.io', 'https://quay.io/', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['10.1.2.3', 'https://10.1.2.3:5000/', true],
    ['fd00::/8', 'https://[fd00::1]/', true],
    ['fd00::1', 'https://[fd00::1]/', true],
    ['[fd00::1]', 'https://[fd00::1]/', true],
    ['', 'https://quay.io/', false],
  ];
  for (const [list, url, direct] of cases) {
    const found = proxyFor(new URL(url), { HTTPS_PROXY: proxy, NO_PROXY: list });
    t.equal(found === null, direct, `${JSON.stringify(list)} and ${url}`);
  }
});

t.test('values that are wrong are not quoted', async (t) => {
  const error = (value: string) => {
    try {
      proxyFor(secure, { HTTPS_PROXY: value });
    } catch (reason) {
      return reason;
    }
    return null;
  };
  t.match(error('http://user:canary@ho st'), { code: 'bad-proxy' });
  t.match(error('socks5://user:canary@host'), { code: 'bad-proxy', message: /socks5/ });
  for (const value of ['http://user:canary@ho st', 'socks5://user:canary@host']) {
    t.notMatch(String(error(value)), /canary/);
  }
});

t.test('the proxy gets its own credentials', async (t) => {
  const found = proxyFor(secure, { HTTPS_PROXY: 'http://me:a%20b@p:1' });
  const expected = `Basic ${Buffer.from('me:a b').toString('base64')}`;
  t.same(found && proxyHeaders(found), { 'proxy-authorization': expected });
  t.same(proxyHeaders(new URL(proxy)), {});
});
