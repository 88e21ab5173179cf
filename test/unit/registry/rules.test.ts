import t from 'tap';
import { checkRealm } from '../../../src/registry/authenticate.ts';
import { ConnectionFailure } from '../../../src/registry/failures.ts';
import { hostOf, isInternalLiteral, isLoopback } from '../../../src/registry/hosts.ts';
import { BusyAnswer, parseRetryAfter, retryDelay } from '../../../src/registry/retry.ts';

t.test('loopback and internal addresses', async (test) => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1'])
    test.ok(isLoopback(host), host);
  for (const host of ['127.example.com', 'localhost.evil.io', '128.0.0.1']) {
    test.notOk(isLoopback(host), host);
  }
  const internal = [
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    'fd00::1',
    'fe80::1',
  ];
  for (const host of [...internal, '::ffff:a9fe:a9fe', '0.0.0.0']) {
    test.ok(isInternalLiteral(host), host);
  }
  for (const host of ['8.8.8.8', '172.32.0.1', 'registry.corp', '2001:db8::1']) {
    test.notOk(isInternalLiteral(host), host);
  }
  test.equal(hostOf('[::1]:5000'), '::1');
  test.equal(hostOf('Localhost:5000'), 'localhost');
});

t.test('which token servers may be asked', async (test) => {
  const secure = new URL('https://registry.example/');
  test.equal(checkRealm('https://auth.example/token', secure).host, 'auth.example');
  const bad = ['http://auth.example/token', 'https://10.0.0.1/', 'https://[::ffff:127.0.0.1]/'];
  for (const realm of [...bad, 'https://2130706433/', 'file:///etc/passwd', 'https://u:p@a/', '']) {
    test.throws(() => checkRealm(realm, secure), { code: 'bad-realm' }, realm);
  }
  const local = new URL('http://127.0.0.1:5000/');
  test.equal(checkRealm('http://127.0.0.1:5001/t', local).port, '5001');
});

t.test('Retry-After and delays', async (test) => {
  test.equal(parseRetryAfter('3', 0), 3000);
  test.equal(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4000), 6000);
  test.equal(parseRetryAfter('soon', 0), null);
  const policy = { attempts: 3, baseDelay: 100, maxDelay: 1000 };
  const busy = new BusyAnswer(new Error('x'), 999_999);
  test.equal(retryDelay(busy, 2, policy), 1000, 'capped');
  test.equal(retryDelay(new BusyAnswer(new Error('x'), null), 3, policy), 200);
  test.equal(retryDelay(busy, 4, policy), null, 'the last try was made');
  test.equal(retryDelay(new ConnectionFailure('X', 'x', false), 2, policy), null);
});
